"""The codes that a row can get, in words: what is wrong, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    message: str
    remedy: str


MEANINGS: dict[str, Meaning] = {
    "MISSING_VALUE": Meaning("A value is needed here.", "Fill the column."),
    "TOO_LONG": Meaning("The text is longer than can be kept.", "Shorten it."),
    "INVALID_VALUE": Meaning("This is none of the values that are known here.", "Map it in the layout, or correct it."),
    "INVALID_DATE": Meaning("This is no date in the notation of the layout.", "Correct the date, or the notation."),
    "DATE_IN_FUTURE": Meaning("This day is still to come.", "Correct the date."),
    "INVALID_AMOUNT": Meaning(
        "This is no amount as the layout writes it.", "Check the decimal and thousands separators."
    ),
    "NEGATIVE_AMOUNT": Meaning("The amount is negative.", "Send reversals and credits apart."),
    "TOO_MANY_DECIMALS": Meaning("The amount has more decimals than the currency.", "Round it where it is made."),
    "ROUNDED_AMOUNT": Meaning("The amount was rounded to the currency, half to even.", "Nothing, if that is agreed."),
    "AMOUNT_TOO_LARGE": Meaning("The amount is too large.", "Check the amount."),
    "NOTHING_OWED": Meaning("The components add up to nothing.", "Leave the debt out, or give its amounts."),
    "ZERO_AMOUNT": Meaning("The payment is of nothing.", "Leave the row out."),
    "SPLIT_MISMATCH": Meaning("The parts do not add up to the amount.", "Correct the amount or its parts."),
    "CURRENCY_MISMATCH": Meaning("The mandate is in another currency.", "Send it under a mandate of that currency."),
    "UNKNOWN_PORTFOLIO": Meaning("The mandate has no portfolio of this name.", "Create it, or correct the name."),
    "INVALID_IDENTIFIER_TYPE": Meaning("This type of identifier is not known.", "Map it in the layout."),
    "INVALID_IDENTIFIER": Meaning("The number can not be one of its type.", "Correct the number or its type."),
    "CHECK_DIGIT": Meaning("The check digit of the NIT is wrong or missing.", "Check the number; the debt was taken."),
    "UNREADABLE_PHONE": Meaning("No phone number can be read here.", "Correct it; the debt was taken without it."),
    "PHONE_NOT_VALID": Meaning("The numbering plan has no such number.", "Check it; it was kept as not valid."),
    "INVALID_EMAIL": Meaning("This is no e-mail address.", "Correct it; the debt was taken without it."),
    "DUPLICATE_IN_FILE": Meaning("The reference stands in an earlier line.", "Nothing, if it is the same one."),
    "INVALID_INSTALMENT": Meaning("Instalments are numbered from 1.", "Correct the number."),
    "DUPLICATE_INSTALMENT": Meaning("The debt has this instalment in an earlier line.", "Correct its number."),
    "INSTALMENTS_DIFFER": Meaning(
        "The first line of the debt says something else here.", "Write the same in each line of the debt."
    ),
    "TOO_MANY_INSTALMENTS": Meaning("The debt has more components than can be kept.", "Add up the oldest ones."),
    "DEBT_INCOMPLETE": Meaning(
        "Another line of the debt was rejected, and a debt is taken whole.",
        "Correct that line, send all of them again.",
    ),
    "INSTALMENT_NOT_PLACED": Meaning("The debt was placed before without this instalment.", "Charge it to the debt."),
    "DUE_BY_INSTALMENT": Meaning("The debt's open instalments have days of their own.", "Leave the day out."),
    "DUPLICATE_OF_DEBT": Meaning("The debt was placed before.", "Nothing; send changes as MAINTENANCE."),
    "DUPLICATE_OF_PAYMENT": Meaning("The payment was recorded before.", "Nothing, if it is the same one."),
    "NOTHING_CHANGES": Meaning("All of this is so already.", "Nothing."),
    "ALREADY_RECALLED": Meaning("The debt was recalled before.", "Nothing."),
    "UNKNOWN_REFERENCE": Meaning(
        "The creditor has no debt of this reference here.", "Correct it, or place the debt first."
    ),
    "DEBT_CLOSED": Meaning("The debt is closed.", "Place it again under a new reference, if it is owed."),
    "PAID_BEFORE_OPENING": Meaning("The payment is older than the debt.", "Correct the day."),
    "RECALLED_BEFORE_PLACING": Meaning("The recall is older than the placement.", "Correct the day."),
    "AMBIGUOUS_COMPONENT": Meaning("The debt has several components of this kind.", "Adjust them one by one."),
    "OVERPAYMENT": Meaning(
        "The payment is more than is owed.", "The rest was kept unapplied; settle it with the creditor."
    ),
}


def meaning(code: str) -> Meaning:
    return MEANINGS.get(code, Meaning(code, ""))
