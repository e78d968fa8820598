"""The catalogue of analytics reports; one added here is inside `all` and outside every analytics role."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REPORTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fin.daily_deposits": "Daily deposits",
        "fin.superbill_detail": "Superbills in detail",
        "fin.payments": "Payments",
        "fin.aging_receivables": "Receivables by age",
        "fin.sales_tax": "Sales tax",
        "fin.provider_revenue": "Revenue by provider",
        "fin.commissions": "Commissions",
        "fin.packages": "Packages",
        "fin.refunds": "Refunds",
        "ins.claims_status": "Status of claims",
        "ins.era_payments": "Electronic remittances",
        "inv.stock_on_hand": "Stock on hand",
        "inv.product_sales": "Product sales",
        "sch.appointments": "Appointments",
        "sch.no_shows": "No-shows",
        "pat.patient_list": "Patient list",
        "pat.retention": "Patient retention",
        "clin.unsigned_charts": "Unsigned charts",
        "clin.visit_diagnoses": "Diagnoses by visit",
        "mkt.referral_sources": "Referral sources",
    }
)
