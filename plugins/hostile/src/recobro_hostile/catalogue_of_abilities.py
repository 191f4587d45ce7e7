"""Which checks of the kit find which defect of what an offer has an ability for."""

from __future__ import annotations

from typing import Final

NOBODY_ANSWERS: Final = frozenset(
    {
        "test_cut_connection_is_retryable",
        "test_half_answer_is_retryable",
        "test_no_network_is_retryable",
        "test_page_instead_of_answer_is_retryable",
        "test_status_500_is_retryable",
        "test_wrong_types_are_no_answer",
    }
)
"""What finds somebody who makes an answer up while the other side fails."""

FOLLOWERS: Final[dict[str, frozenset[str]]] = {
    "hostile_follower": frozenset(),
    "hostile_follower_knows_by_the_receipt": frozenset({"test_news_need_no_receipt"}),
    "hostile_follower_mixes_cases_up": frozenset({"test_news_of_many_cases_at_once"}),
    "hostile_follower_logs_what_happened": frozenset({"test_news_stay_out_of_logs"}),
    "hostile_follower_guesses": NOBODY_ANSWERS,
    "hostile_follower_gives_up": frozenset(
        {"test_page_instead_of_answer_is_retryable", "test_wrong_types_are_no_answer"}
    ),
    "hostile_follower_holds_the_loop": frozenset({"test_loop_is_not_blocked"}),
    "hostile_follower_tells_in_lists": frozenset({"test_answer_crosses_processes"}),
    "hostile_follower_shows_its_key": frozenset({"test_logs_and_messages_keep_secrets"}),
    "hostile_follower_takes_another_parameter": frozenset({"test_abilities_are_served"}),
    "hostile_purse_answers_once": frozenset(
        {"test_answer_on_a_cost_may_be_told_again", "test_cancellation_is_not_swallowed"}
    ),
    "hostile_purse_answers_twice": frozenset({"test_answer_on_a_cost_may_be_told_again"}),
    "hostile_purse_takes_costs_for_one": frozenset({"test_each_cost_is_answered"}),
    "hostile_purse_approves_everything": frozenset({"test_answers_say_what_was_decided"}),
    "hostile_purse_says_that_it_was_told": NOBODY_ANSWERS,
    "hostile_purse_tells_nobody": frozenset({"test_answer_on_an_unknown_case_is_no_success"}),
    "hostile_purse_holds_the_loop": frozenset({"test_loop_is_not_blocked"}),
}
"""Legal channels of `recobro_hostile.papers` with the abilities `case_news` and `cost_answers`."""

NEWS: Final[dict[str, frozenset[str]]] = {
    "hostile_follower_tells_of_every_case": frozenset({"test_news_of_a_case"}),
    "hostile_follower_names_events_anew": frozenset(
        {
            "test_news_need_no_receipt",
            "test_news_of_a_case",
            "test_news_of_many_cases_at_once",
            "test_news_stay_told",
        }
    ),
    "hostile_follower_shares_a_reference": frozenset({"test_news_of_a_case"}),
    "hostile_follower_has_endless_references": frozenset({"test_news_can_be_kept"}),
    "hostile_follower_tells_too_much": frozenset({"test_news_can_be_kept"}),
    "hostile_follower_refuses_without_a_reason": frozenset({"test_news_can_be_kept"}),
    "hostile_follower_own_clock": frozenset({"test_days_of_a_case"}),
    "hostile_follower_loses_the_hearing": frozenset({"test_days_of_a_case"}),
    "hostile_follower_dates_by_the_question": frozenset({"test_news_stay_told"}),
    "hostile_follower_asks_in_dollars": frozenset({"test_costs_of_a_case"}),
    "hostile_follower_asks_without_a_reason": frozenset({"test_costs_of_a_case"}),
    "hostile_purse_in_dollars": frozenset({"test_money_of_a_case"}),
    "hostile_purse_reverses_the_unknown": frozenset({"test_money_of_a_case"}),
    "hostile_purse_reverses_a_part": frozenset({"test_money_of_a_case"}),
    "hostile_purse_reverses_twice": frozenset({"test_money_of_a_case"}),
    "hostile_purse_reverses_too_early": frozenset({"test_money_of_a_case"}),
    "hostile_purse_shares_a_reference": frozenset({"test_money_of_a_case"}),
    "hostile_purse_keeps_more_than_came": frozenset({"test_nobody_keeps_more_than_came"}),
    "hostile_purse_remits_what_it_never_held": frozenset({"test_nobody_keeps_more_than_came"}),
    "hostile_purse_dates_by_the_question": frozenset({"test_news_stay_told"}),
}
"""The same, whose calls are those of the honest one, and whose news are wrong."""

CALLED: Final[dict[str, frozenset[str]]] = {
    "hostile_follower": frozenset(),
    "hostile_calls_settle_by_number": frozenset({"test_results_can_be_told"}),
    "hostile_calls_tell_whom_it_is_about": frozenset({"test_events_keep_personal_data_out"}),
    "hostile_calls_believe_anybody": frozenset({"test_unsigned_call_is_refused"}),
    "hostile_calls_ask_while_called": frozenset({"test_verifying_does_no_work"}),
    "hostile_calls_count": frozenset({"test_received_twice_is_one_effect"}),
}
"""The same, with one defect in what they make of their lawyers' calls."""

CHARGERS: Final[dict[str, frozenset[str]]] = {
    "hostile_charger": frozenset(),
    "hostile_charger_loses_charges": frozenset({"test_charge_of_which_nobody_knows_is_unknown"}),
    "hostile_charger_gives_up": frozenset(
        {
            "test_charge_of_which_nobody_knows_is_unknown",
            "test_cut_connection_is_retryable",
            "test_half_answer_is_retryable",
            "test_no_network_is_retryable",
            "test_page_instead_of_answer_is_retryable",
            "test_slow_answer_is_retryable",
            "test_status_500_is_retryable",
            "test_wrong_types_are_no_answer",
        }
    ),
    "hostile_charger_believes_in_money": frozenset(
        {
            "test_charge_of_which_nobody_knows_is_unknown",
            "test_cut_connection_is_retryable",
            "test_half_answer_is_retryable",
            "test_no_network_is_retryable",
            "test_page_instead_of_answer_is_retryable",
            "test_slow_answer_is_retryable",
            "test_status_500_is_retryable",
            "test_wrong_types_are_no_answer",
        }
    ),
    "hostile_charger_charges_again": frozenset(
        {
            "test_charge_of_which_nobody_knows_is_unknown",
            "test_key_of_another_charge_is_refused",
            "test_same_key_is_one_charge",
        }
    ),
    "hostile_charger_charges_in_pesos": frozenset({"test_charge_is_exact"}),
    "hostile_charger_hides_what_is_declined": frozenset({"test_declined_charge_is_no_money"}),
    "hostile_charger_tries_what_is_declined": frozenset({"test_declined_charge_is_no_money"}),
    "hostile_charger_hides_a_reused_key": frozenset({"test_key_of_another_charge_is_refused"}),
    "hostile_charger_logs_tokens": frozenset({"test_logs_and_messages_keep_secrets"}),
    "hostile_charger_takes_another_parameter": frozenset({"test_abilities_are_served"}),
}
"""Payment gateways of `recobro_hostile.outgoing` with the ability `charge`."""
