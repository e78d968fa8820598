"""Checks an exported audit record with nothing but Python: verify_audit.py EXPORT.jsonl [--checkpoint FILE ...]

An event's hash is SHA-256 over the hash of the event before (64 zeros before the first) and the event as JSON: names in
order, no spaces, ASCII, without both hashes. An export ends with a checkpoint, number and hash of the last event; only
one kept elsewhere shows a record sealed anew, or cut with its end. Exit code 0: intact, 1: tampered, 2: unreadable.
"""

import hashlib, json, sys


def entries(path):
    """Of each line: number, practice, event, hash, the hash before (a checkpoint: None), whether the seal fits."""
    canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
    with open(path, "rb") as file:
        for line, raw in enumerate(iter(lambda: file.readline(1 << 25), b""), 1):  # what is longer is no JSON then
            try:
                words = dict(zip(("practice", "seq", "head"), raw.decode("ascii").split()))  # a checkpoint as printed
                event = json.loads(raw) if raw[:1] == b"{" else {"checkpoint": words}
                as_exported, end = raw.rstrip(b"\r\n") == canonical(event).encode(), event.get("checkpoint")
                own, before = (end["head"][-64:], None) if end else (event.pop("hash"), event.pop("previous_hash") + "")
                fits = end or (as_exported and hashlib.sha256((before + canonical(event)).encode()).hexdigest() == own)
                yield line, str((end or event)["practice"]), int((end or event)["seq"]), own, before, fits
            except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError):
                raise ValueError(f"line {line} of {path} is no event and no checkpoint") from None


def findings(export, files):
    """Whatever is wrong, a sentence each; then, as the last one, what was looked at."""
    kept = {(owner, seq): own for file in files for _, owner, seq, own, before, _ in entries(file) if before is None}
    practice, line, first, last, head, before = "", 0, 1, 0, "0" * 64, ""
    for line, owner, seq, own, before, fits in entries(export):
        here, start = f"line {line}, event {seq} of {owner!a:.80}", seq if before is None else seq - 1
        if line == 1:  # it begins with event 1, or with a checkpoint that is at hand, from which it goes on
            goes_on = before is None and kept.get((owner, seq)) == own
            practice, first, last, head = owner, seq, *((seq, own) if goes_on else (0, head))
        if owner != practice or not last <= start < 10**15:
            yield f"{here}: it comes after event {last}, one of them was inserted or moved"
            continue
        if start > last or (fits and head not in (before or own, None)):
            yield f"{here}: before it, events {min(last + 1, start)} to {start} were removed or changed"
        if not fits or kept.get((owner, seq), own) != own:
            yield f"{here}: was {'written anew, a checkpoint knows another' if fits else 'changed'}"
        last, head = seq, own if fits else None
    if before is not None or (line == 1 and last):
        yield f"the export was cut short after event {last}: its last line, a checkpoint, is missing"
    known = [seq for owner, seq in kept if owner == practice]
    if kept and max(known, default=10**15) > last:
        yield f"events {last + 1} to {max(known)} were removed" if known else f"no checkpoint is of {practice!a:.80}"
    yield f"looked at: events {first} to {last} of {practice!a:.80}, head sha256:{head}"


if __name__ == "__main__":
    try:
        export, *files = [word for word in sys.argv[1:] if word != "--checkpoint"]
        wrong = sum(print(finding) is None for finding in findings(export, files)) > 1
    except (OSError, ValueError) as error:
        sys.exit(print("unreadable:", error) or 2)
    sys.exit(print("tampered with" if wrong else "intact") or int(wrong))
