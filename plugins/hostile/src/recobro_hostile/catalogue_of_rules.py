"""Which checks of the kit find which defect of a rule pack, a scorer or a validator."""

from __future__ import annotations

from typing import Final

PACKS: Final[dict[str, frozenset[str]]] = {
    "hostile_pack": frozenset(),
    "hostile_pack_allows_everything": frozenset(
        {
            "test_another_zone_never_loosens",
            "test_beyond_the_horizon_nothing_is_allowed",
            "test_lawful_and_unlawful",
            "test_more_against_it_never_loosens",
            "test_no_authorised_channel_is_not_allowed",
        }
    ),
    "hostile_pack_furnishes_unheard": frozenset(
        {"test_beyond_the_horizon_nothing_is_allowed", "test_lawful_and_unlawful"}
    ),
    "hostile_pack_ignores_refusals": frozenset({"test_no_authorised_channel_is_not_allowed"}),
    "hostile_pack_takes_any_zone": frozenset({"test_another_zone_never_loosens"}),
    "hostile_pack_reads_the_hour_as_written": frozenset({"test_offset_does_not_matter"}),
    "hostile_pack_counts_to_today": frozenset({"test_answers_rest_on_the_question"}),
    "hostile_pack_counts_to_the_hosts_day": frozenset(
        {"test_beyond_the_horizon_nothing_is_allowed", "test_host_clock_changes_nothing"}
    ),
    "hostile_pack_draws_lots": frozenset(
        {"test_answers_rest_on_the_question", "test_host_clock_changes_nothing", "test_same_question_same_answer"}
    ),
    "hostile_pack_counts_questions": frozenset({"test_same_question_same_answer"}),
    "hostile_pack_invents_rules": frozenset({"test_decisions_name_rules_of_the_pack"}),
    "hostile_pack_cites_old_rules": frozenset({"test_rules_are_in_force"}),
    "hostile_pack_sues_for_ever": frozenset({"test_beyond_the_horizon_nothing_is_allowed"}),
    "hostile_pack_invents_rates": frozenset({"test_beyond_the_horizon_nothing_is_allowed"}),
    "hostile_pack_tells_rates_in_fractions": frozenset(
        {"test_answers_are_exact", "test_answers_cross_processes", "test_rate_cap_is_exact"}
    ),
    "hostile_pack_tells_no_number": frozenset({"test_rate_cap_is_exact"}),
    "hostile_pack_defers_to_the_past": frozenset({"test_deferral_leads_on"}),
    "hostile_pack_defers_for_ever": frozenset({"test_deferral_leads_on"}),
    "hostile_pack_calls_the_represented": frozenset({"test_more_against_it_never_loosens"}),
    "hostile_pack_furnishes_what_is_disputed": frozenset({"test_more_against_it_never_loosens"}),
    "hostile_pack_mixes_notices_up": frozenset({"test_notices_are_in_order"}),
    "hostile_pack_tells_of_past_notices": frozenset({"test_notices_are_in_order"}),
    "hostile_pack_logs_what_it_is_asked": frozenset({"test_does_no_io"}),
    "hostile_pack_prints_what_it_is_asked": frozenset({"test_does_no_io"}),
    "hostile_pack_thinks_at_length": frozenset({"test_answers_are_quick"}),
    "hostile_pack_shares_its_decisions": frozenset({"test_agencies_share_nothing"}),
    "hostile_pack_has_anothers_code": frozenset({"test_description"}),
    "hostile_pack_lists_its_rules": frozenset({"test_answers_cross_processes"}),
    "hostile_pack_proves_in_fractions": frozenset({"test_answers_are_exact"}),
    "hostile_pack_changes_its_questions": frozenset({"test_questions_stay_as_they_are"}),
}
"""Rule packs of `recobro_hostile.rules`."""

SCORERS: Final[dict[str, frozenset[str]]] = {
    "hostile_scorer": frozenset(),
    "hostile_scorer_off_the_scale": frozenset({"test_one_score_for_each_in_order"}),
    "hostile_scorer_loses_one": frozenset({"test_one_score_for_each_in_order"}),
    "hostile_scorer_sorts": frozenset({"test_one_score_for_each_in_order"}),
    "hostile_scorer_ranks_neighbours": frozenset({"test_neighbours_do_not_matter"}),
    "hostile_scorer_own_clock": frozenset({"test_scores_rest_on_the_facts"}),
    "hostile_scorer_hosts_clock": frozenset({"test_another_day_same_scores"}),
    "hostile_scorer_learns": frozenset({"test_earlier_batches_do_not_matter"}),
    "hostile_scorer_scores_by_name": frozenset({"test_reference_is_no_fact"}),
    "hostile_scorer_counts_in_fractions": frozenset({"test_answer_crosses_processes", "test_money_is_exact"}),
    "hostile_scorer_begins_with_the_least": frozenset({"test_reasons_come_by_weight"}),
    "hostile_scorer_names_the_debt": frozenset({"test_reasons_name_nobody", "test_reference_is_no_fact"}),
    "hostile_scorer_gives_a_reason_twice": frozenset({"test_reasons_name_nobody"}),
    "hostile_scorer_speaks_one_language": frozenset({"test_one_score_for_each_in_order"}),
    "hostile_scorer_takes_any_batch": frozenset({"test_too_large_batch_is_refused"}),
    "hostile_scorer_refuses_in_its_own_words": frozenset({"test_too_large_batch_is_refused"}),
    "hostile_scorer_needs_a_debt": frozenset({"test_empty_batch"}),
    "hostile_scorer_holds_the_loop": frozenset({"test_large_batch_does_not_block"}),
    "hostile_scorer_empties_the_batch": frozenset({"test_batch_stays_as_it_is"}),
    "hostile_scorer_describes_itself_anew": frozenset({"test_description"}),
    "hostile_scorer_has_anothers_code": frozenset({"test_description"}),
    "hostile_scorer_shares_its_memory": frozenset({"test_agencies_share_nothing"}),
    "hostile_scorer_logs_who_is_scored": frozenset({"test_logs_and_messages_keep_secrets"}),
}
"""Scorers of `recobro_hostile.rules`."""

VALIDATORS: Final[dict[str, frozenset[str]]] = {
    "hostile_validator": frozenset(),
    "hostile_validator_takes_half_the_digits": frozenset(
        {"test_invalid_numbers", "test_one_wrong_digit_is_seen_or_allowed_for_all"}
    ),
    "hostile_validator_takes_any_digit": frozenset({"test_invalid_numbers"}),
    "hostile_validator_refuses_what_is_right": frozenset(
        {"test_spelling_does_not_matter", "test_valid_numbers", "test_verdicts_hide_the_number"}
    ),
    "hostile_validator_raises_on_letters": frozenset({"test_never_raises", "test_odd_numbers_are_quick"}),
    "hostile_validator_repeats_the_number": frozenset({"test_invalid_numbers"}),
    "hostile_validator_speaks_one_language": frozenset({"test_invalid_numbers"}),
    "hostile_validator_keeps_other_digits": frozenset({"test_other_digits_are_no_other_number"}),
    "hostile_validator_cuts_numbers_off": frozenset({"test_other_numbers_have_other_forms"}),
    "hostile_validator_takes_other_countries": frozenset({"test_other_countries_and_types_are_refused"}),
    "hostile_validator_takes_other_types": frozenset({"test_other_countries_and_types_are_refused"}),
    "hostile_validator_keeps_the_spelling": frozenset({"test_spelling_does_not_matter"}),
    "hostile_validator_reads_at_length": frozenset({"test_odd_numbers_are_quick"}),
    "hostile_validator_own_clock": frozenset({"test_answers_rest_on_the_question"}),
    "hostile_validator_changes_its_mind": frozenset({"test_same_question_same_answer"}),
    "hostile_validator_remembers_numbers": frozenset({"test_agencies_share_nothing"}),
    "hostile_validator_prints_numbers": frozenset({"test_does_no_io"}),
    "hostile_validator_knows_more_types": frozenset({"test_knows_its_types"}),
    "hostile_validator_shows_the_number": frozenset({"test_answers_cross_processes", "test_verdicts_hide_the_number"}),
    "hostile_validator_has_no_normal_form": frozenset({"test_spelling_does_not_matter", "test_valid_numbers"}),
}
"""Validators of `recobro_hostile.rules`."""

_UNREADABLE: Final = frozenset(
    {
        "test_another_file_is_no_crash",
        "test_document_names_every_field",
        "test_half_a_file_is_kept",
        "test_layout_is_like_itself",
        "test_money_is_exact",
        "test_no_byte_is_lost",
        "test_pieces_make_no_difference",
        "test_problems_hide_personal_data",
        "test_problems_say_what_to_do",
        "test_reading_twice_is_the_same",
        "test_reading_undoes_writing",
        "test_records_become_json",
        "test_rules_have_codes_of_their_own",
        "test_schema_can_be_used",
    }
)
LAYOUTS: Final[dict[str, frozenset[str]]] = {
    "honest": frozenset(),
    "asks_for_anything": frozenset({"test_scopes_can_be_approved"}),
    "borrows_a_schema": frozenset({"test_schema_lies_in_the_package"}),
    "changes_its_mind": frozenset({"test_hooks_only_register"}),
    "contradicts_itself": _UNREADABLE,
    "has_anothers_code": frozenset({"test_code_is_the_plugin_s"}),
    "has_no_version": frozenset({"test_titles_are_in_both_languages"}),
    "has_one_code_twice": frozenset({"test_code_is_the_plugin_s"}),
    "has_rules_of_one_code": frozenset({"test_rules_have_codes_of_their_own"}),
    "is_unable": frozenset({"test_manifest_is_complete"}),
    "speaks_one_language": frozenset({"test_titles_are_in_both_languages"}),
}
"""Modules of `recobro_hostile.layouts`."""
