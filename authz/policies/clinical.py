"""The resources of a medical practice, one line per type: what the pack that ships is about."""

from __future__ import annotations

from typing import Final

from authz.policies import (
    appointment,
    chart_note,
    claim,
    clinical_profile,
    erx,
    erx_controlled,
    intake_form,
    inventory,
    lab_order,
    lab_result,
    patient,
    payment,
    portal_message,
    provider_calendar,
    psychotherapy_note,
    subjective_intake,
    sud_counseling_note,
    superbill,
    task,
    vitals,
)

CLINICAL: Final = (
    chart_note.TYPE,
    psychotherapy_note.TYPE,
    sud_counseling_note.TYPE,
    vitals.TYPE,
    subjective_intake.TYPE,
    intake_form.TYPE,
    clinical_profile.TYPE,
    lab_order.TYPE,
    lab_result.TYPE,
    patient.TYPE,
    appointment.TYPE,
    provider_calendar.TYPE,
    superbill.TYPE,
    claim.TYPE,
    payment.TYPE,
    inventory.TYPE,
    portal_message.TYPE,
    task.TYPE,
    erx.TYPE,
    erx_controlled.TYPE,
)
