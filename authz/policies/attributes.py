"""The attributes that several resource types share."""

from __future__ import annotations

from authz.policies.vocabulary import Attribute

AUTHOR = Attribute("author", "subject", "who wrote it")
OWNER = Attribute("owner", "subject", "whose it is")
ASSIGNEE = Attribute("assignee", "subject", "who is to do it, or to receive it")
PATIENT = Attribute("patient", "text", "the patient's id")
NOTE_STATE = Attribute("state", "choice", "how far the note has come", ("draft", "signed", "locked"))
COSIGN = Attribute("cosign", "choice", "whether a co-signature is waited for or given", ("none", "pending", "done"))
COSIGNED_BY = Attribute("cosigned_by", "subject", "who co-signed it, once that is done")
NAMED_PRESCRIBER = Attribute("named_prescriber", "subject", "the prescriber named on the prescription")
