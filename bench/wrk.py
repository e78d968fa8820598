"""wrk as the client, where it is installed: a load that costs the machine little beside what it measures."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCRIPT = """
local requests = {}
for line in io.lines("%s") do
  local path, token, body = line:match("^(%%S+) (%%S+) (.*)$")
  local headers = {["Host"] = "bench", ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token}
  requests[#requests + 1] = wrk.format("POST", path, headers, body)
end
local turn = 0
request = function()
  turn = turn %% #requests + 1
  return requests[turn]
end
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Requests answered in a second, and the latency in milliseconds that 99 of 100 stay below."""

    rate: float
    p99: float


def installed() -> bool:
    return shutil.which("wrk") is not None


def script(place: Path, name: str, path: str, token: str, bodies: list[dict[str, Any]]) -> Path:
    """A script that sends these bodies in turn."""
    lines = place / f"{name}.txt"
    lines.write_text("".join(f"{path} {token} {json.dumps(body)}\n" for body in bodies))
    made = place / f"{name}.lua"
    made.write_text(_SCRIPT % lines)
    return made


def loaded(url: str, script: Path, seconds: float, connections: int) -> Seen:
    """What wrk saw; raises RuntimeError if an answer was none."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency", "-s", str(script), url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate, late = re.search(r"Requests/sec:\s+([\d.]+)", told), re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    if "Non-2xx" in told or "Socket errors" in told or rate is None or late is None:
        raise RuntimeError(told)
    return Seen(float(rate[1]), float(late[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[late[2]])
