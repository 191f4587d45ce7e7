"""Which checks of the kit find which defect."""

from __future__ import annotations

from typing import Final

CALLS: Final[dict[str, frozenset[str]]] = {
    "hostile_honest": frozenset(),
    "hostile_blocks_the_loop": frozenset({"test_loop_is_not_blocked"}),
    "hostile_waits_for_ever": frozenset({"test_slow_answer_is_retryable"}),
    "hostile_leaks_tasks": frozenset({"test_leaves_nothing_running"}),
    "hostile_leaks_threads": frozenset({"test_leaves_nothing_running"}),
    "hostile_swallows_cancellation": frozenset({"test_cancellation_is_not_swallowed"}),
    "hostile_outlives_the_deadline": frozenset({"test_deadline_is_respected"}),
    "hostile_mixes_answers_up": frozenset({"test_twenty_at_once"}),
    "hostile_keeps_a_class_attribute": frozenset({"test_agencies_share_nothing"}),
    "hostile_holds_a_common_object": frozenset({"test_agencies_share_nothing"}),
    "hostile_closes_once": frozenset({"test_close_can_be_repeated"}),
    "hostile_is_not_written": frozenset({"test_is_written"}),
    "hostile_raises_its_librarys_errors": frozenset(
        {"test_page_instead_of_answer_is_retryable", "test_wrong_types_are_no_answer"}
    ),
    "hostile_tells_a_wrong_type": frozenset({"test_answer_crosses_processes"}),
    "hostile_counts_money_in_fractions": frozenset({"test_money_is_exact"}),
    "hostile_uses_its_own_clock": frozenset({"test_known_subject"}),
    "hostile_keeps_the_number_as_evidence": frozenset({"test_raw_keeps_the_number_out"}),
    "hostile_believes_anything": frozenset({"test_wrong_types_are_no_answer"}),
    "hostile_gives_up_too_early": frozenset({"test_status_500_is_retryable"}),
    "hostile_forgets_the_wait": frozenset({"test_rate_limit_is_understood"}),
    "hostile_tries_a_refused_key_again": frozenset({"test_refused_key_is_understood"}),
    "hostile_asks_without_consent": frozenset({"test_purpose_and_consent_are_required"}),
    "hostile_charges_twice": frozenset({"test_same_key_is_one_effect", "test_lost_answer_is_one_effect"}),
    "hostile_takes_two_keys_for_one": frozenset({"test_another_key_is_another_effect", "test_twenty_at_once"}),
    "hostile_takes_other_parameters": frozenset(
        {"test_satisfies_the_protocol", "test_purpose_and_consent_are_required"}
    ),
    "hostile_tells_who_is_unknown": frozenset({"test_unknown_subject"}),
    # The HTTP client logs every address.
    "hostile_tries_in_addresses": frozenset(
        {"test_urls_keep_personal_data_out", "test_logs_and_messages_keep_secrets"}
    ),
    "hostile_logs_who_is_asked": frozenset({"test_logs_and_messages_keep_secrets"}),
    "hostile_prints_who_is_asked": frozenset({"test_logs_and_messages_keep_secrets"}),
    "hostile_prints_when_built": frozenset({"test_building_prints_nothing"}),
    "hostile_shows_its_key": frozenset({"test_repr_keeps_secrets"}),
    "hostile_calls_home": frozenset({"test_goes_out_through_the_host_only"}),
    "hostile_goes_around_the_host": frozenset({"test_goes_out_through_the_host_only"}),
    "hostile_works_when_built": frozenset({"test_build_does_no_work"}),
    "hostile_keeps_its_key_as_text": frozenset({"test_secrets_are_secret"}),
    "hostile_describes_no_settings": frozenset({"test_settings_are_described"}),
    "acme_bureau": frozenset({"test_code_starts_with_the_plugin"}),
}
"""Offers of `recobro_hostile.calls`."""

PLUGINS: Final[dict[str, frozenset[str]]] = {
    "slow_import": frozenset({"test_import_is_fast"}),
    "import_side_effect": frozenset({"test_import_has_no_side_effects"}),
    "prints_when_imported": frozenset({"test_import_works_alone"}),
    "imports_the_host": frozenset({"test_imports_only_the_sdk"}),
    "hides_an_import": frozenset({"test_import_works_alone"}),
    "names_float": frozenset({"test_never_names_float"}),
    "open_range": frozenset({"test_manifest_fits_this_sdk"}),
    "anonymous": frozenset({"test_manifest_is_complete"}),
    "asks_for_anything": frozenset({"test_scopes_can_be_approved"}),
    "works_in_hooks": frozenset({"test_hooks_only_register"}),
}
"""Packages below `recobro_hostile.plugins`."""
