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
    "hostile_caches_what_it_is_asked": frozenset({"test_agencies_share_nothing"}),
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

FURNISHERS: Final[dict[str, frozenset[str]]] = {
    "hostile_teller": frozenset(),
    "hostile_counts_too_many": frozenset({"test_acknowledgement_is_of_the_batch"}),
    "hostile_hides_rejects": frozenset({"test_refused_records_are_told"}),
    "hostile_refuses_others": frozenset({"test_acknowledgement_is_of_the_batch", "test_refused_records_are_told"}),
    "hostile_answers_for_another": frozenset(
        {"test_acknowledgement_is_of_the_batch", "test_each_batch_has_its_answer"}
    ),
    "hostile_changes_its_mind": frozenset({"test_acknowledgement_stays"}),
    "hostile_names_who_is_refused": frozenset({"test_acknowledgement_is_of_the_batch"}),
    "hostile_knows_from_a_file": frozenset({"test_files_alone_have_no_answer"}),
    "hostile_reader": frozenset(),
    "hostile_takes_any_file": frozenset({"test_foreign_file_is_refused"}),
    "hostile_believes_half_a_file": frozenset({"test_half_a_file_is_not_believed"}),
    "hostile_hides_rejects_of_a_file": frozenset({"test_acknowledgement_file_is_read"}),
    "hostile_reads_a_file_once": frozenset({"test_acknowledgement_file_says_the_same_again"}),
}
"""Offers of `recobro_hostile.furnishing`."""

EXTENSIONS: Final[dict[str, frozenset[str]]] = {
    "hostile_notes": frozenset(),
    "hostile_asks_for_each": frozenset({"test_keys_are_asked_for_at_once"}),
    "hostile_asks_about_nobody": frozenset({"test_no_keys_are_no_work"}),
    "hostile_drops_what_comes_twice": frozenset({"test_one_value_for_each_key_in_order"}),
    "hostile_sorts_its_answers": frozenset({"test_one_value_for_each_key_in_order"}),
    "hostile_chokes_on_null": frozenset({"test_null_costs_no_neighbour"}),
    "hostile_notes_in_fractions": frozenset({"test_answer_crosses_processes", "test_money_is_exact"}),
    "hostile_counts_too_far": frozenset({"test_whole_numbers_fit"}),
    "hostile_answers_other_types": frozenset({"test_answer_crosses_processes"}),
    "hostile_counts_readers": frozenset({"test_reading_changes_nothing"}),
    "hostile_marks_what_it_refuses": frozenset({"test_refusals_are_data"}),
    "hostile_refuses_by_raising": frozenset({"test_refusals_are_data"}),
    "hostile_tells_who_is_refused": frozenset({"test_refusals_are_data"}),
    "hostile_logs_what_is_marked": frozenset({"test_logs_and_messages_keep_secrets"}),
    "hostile_notes_hold_the_loop": frozenset({"test_loop_is_not_blocked"}),
    "hostile_notes_go_on": frozenset({"test_cancellation_is_not_swallowed"}),
    "hostile_notes_outlive_the_deadline": frozenset({"test_deadline_is_respected"}),
    "hostile_shares_its_marks": frozenset({"test_agencies_share_nothing"}),
    "hostile_makes_notes_up": frozenset({"test_status_500_is_retryable"}),
    "hostile_sweeps_twice": frozenset({"test_job_begun_again_ends_alike", "test_job_done_twice_is_done_once"}),
    "hostile_sweeps_by_halves": frozenset({"test_job_begun_again_ends_alike"}),
    "hostile_progress_goes_back": frozenset({"test_progress_is_honest"}),
    "hostile_progress_beyond_the_end": frozenset({"test_progress_is_honest"}),
    "hostile_progress_names_people": frozenset({"test_progress_is_honest"}),
}
"""Extensions of `recobro_hostile.additions` that serve wrongly."""

DECLARATIONS: Final[dict[str, frozenset[str]]] = {
    "hostile_takes_anothers_type": frozenset({"test_names_begin_with_the_plugin"}),
    "hostile_describes_no_field": frozenset({"test_types_can_be_told"}),
    "hostile_has_a_type_that_changes": frozenset({"test_types_can_be_told"}),
    "hostile_has_a_type_of_no_api": frozenset({"test_types_can_be_told"}),
    "hostile_adds_nothing": frozenset({"test_adds_something"}),
    "hostile_takes_anothers_name": frozenset({"test_names_begin_with_the_plugin"}),
    "hostile_has_one_name_twice": frozenset({"test_names_are_taken_once"}),
    "hostile_has_one_job_twice": frozenset({"test_names_are_taken_once"}),
    "hostile_names_a_mutation_by_its_verb": frozenset({"test_mutations_are_named_by_their_noun"}),
    "hostile_hides_a_default": frozenset({"test_inputs_have_no_hidden_defaults"}),
    "hostile_lets_readers_write": frozenset({"test_permissions_are_the_hosts"}),
    "hostile_makes_a_permission_up": frozenset({"test_permissions_are_the_hosts"}),
    "hostile_reads_unasked": frozenset({"test_needs_are_asked_for"}),
    "hostile_serves_without_waiting": frozenset({"test_serves_by_coroutines"}),
}
"""Extensions of `recobro_hostile.additions` that declare wrongly."""

RECEIVERS: Final[dict[str, frozenset[str]]] = {
    "hostile_notes": frozenset(),
    "hostile_believes_unsigned_calls": frozenset({"test_unsigned_call_is_refused"}),
    "hostile_own_scheme": frozenset(),
    "hostile_believes_old_calls": frozenset({"test_old_call_is_refused"}),
    "hostile_believes_calls_to_come": frozenset({"test_call_of_the_future_is_refused"}),
    "hostile_believes_any_secret": frozenset(
        {
            "test_call_of_another_secret_is_refused",
            "test_changed_call_is_refused",
            "test_signature_of_another_call_is_refused",
        }
    ),
    "hostile_crashes_on_odd_headers": frozenset({"test_malformed_headers_are_no_crash"}),
    "hostile_knows_no_repetition": frozenset({"test_repetition_has_the_same_id"}),
    "hostile_takes_calls_for_one": frozenset({"test_repetition_has_the_same_id"}),
    "hostile_tells_its_secret": frozenset({"test_refusals_hide_the_secret"}),
    "hostile_works_before_it_knows": frozenset({"test_verifying_does_no_work"}),
    "hostile_counts_a_call_twice": frozenset({"test_received_twice_is_one_effect"}),
    "hostile_forgets_its_events": frozenset({"test_received_twice_is_one_effect"}),
    "hostile_tries_nonsense_again": frozenset({"test_nonsense_is_rejected"}),
    "hostile_crashes_on_nonsense": frozenset({"test_nonsense_is_rejected"}),
    "hostile_tells_who_was_marked": frozenset({"test_events_keep_personal_data_out"}),
    "hostile_names_its_events_freely": frozenset({"test_results_can_be_told"}),
    "hostile_verifies_what_it_read": frozenset({"test_changed_call_is_refused"}),
    "hostile_gives_endless_names": frozenset({"test_signed_call_is_believed"}),
    "hostile_has_no_address": frozenset({"test_ability_is_declared"}),
}
"""Extensions of `recobro_hostile.additions` whose provider calls."""

EARS: Final[dict[str, frozenset[str]]] = {
    "hostile_ears": frozenset(),
    "hostile_ears_count_twice": frozenset({"test_older_events_again", "test_same_event_twice_in_a_batch"}),
    "hostile_ears_pass_over": frozenset({"test_reached_cursor_is_honest"}),
    "hostile_ears_make_a_cursor_up": frozenset({"test_cursor_is_of_an_event", "test_older_events_again"}),
    "hostile_ears_keep_their_place": frozenset({"test_older_events_again"}),
    "hostile_ears_never_move": frozenset(
        {"test_all_events_are_reached", "test_cursor_is_of_an_event", "test_older_events_again"}
    ),
    "hostile_ears_forget": frozenset({"test_stopped_telling_is_one_effect"}),
    "hostile_ears_lose_what_fails": frozenset(
        {
            "test_cut_connection_is_retryable",
            "test_half_answer_is_retryable",
            "test_no_network_is_retryable",
            "test_nothing_is_lost_when_it_fails",
            "test_page_instead_of_answer_is_retryable",
            "test_rate_limit_is_understood",
            "test_refused_key_is_understood",
            "test_slow_answer_is_retryable",
            "test_status_500_is_retryable",
            "test_wrong_types_are_no_answer",
        }
    ),
    "hostile_ears_tell": frozenset({"test_logs_and_messages_keep_secrets"}),
    "hostile_ears_change_their_mind": frozenset({"test_interests"}),
    "hostile_ears_stamp": frozenset(
        {
            "test_events_told_twice_have_one_effect",
            "test_older_events_again",
            "test_same_event_twice_in_a_batch",
            "test_stopped_telling_is_one_effect",
        }
    ),
}
"""Subscribers of `recobro_hostile.additions`."""

CHANNELS: Final[dict[str, frozenset[str]]] = {
    "hostile_channel": frozenset(),
    "hostile_channel_misses_calls": frozenset({"test_callback_is_understood"}),
    "hostile_channel_asks_back": frozenset({"test_callback_is_understood"}),
    "hostile_channel_names_anew": frozenset({"test_callback_told_twice_is_one_event", "test_callbacks_in_any_order"}),
    "hostile_channel_dates_by_arrival": frozenset(
        {"test_callback_told_twice_is_one_event", "test_callbacks_in_any_order"}
    ),
    "hostile_channel_believes_unsigned": frozenset({"test_unsigned_callback_is_refused"}),
    "hostile_channel_believes_changed": frozenset({"test_changed_callback_is_refused"}),
    "hostile_channel_believes_late": frozenset({"test_late_callback_is_refused"}),
    "hostile_channel_crashes_on_calls": frozenset({"test_nonsense_with_signature_is_no_crash"}),
    "hostile_channel_own_clock": frozenset({"test_delivery"}),
    "hostile_channel_tries_addresses_again": frozenset({"test_undeliverable_is_rejected"}),
    "hostile_channel_needs_no_permit": frozenset({"test_permit_is_required"}),
    "hostile_channel_sends_after_the_end": frozenset({"test_expired_permit_sends_nothing"}),
    "hostile_channel_loses_accents": frozenset({"test_unicode_is_kept"}),
    "hostile_channel_settles_everything": frozenset({"test_status_is_honest"}),
    "hostile_channel_guesses": frozenset({"test_status_claims_nothing_under_faults"}),
}
"""Message channels of `recobro_hostile.outgoing`."""

GATEWAYS: Final[dict[str, frozenset[str]]] = {
    "hostile_gateway": frozenset(),
    "hostile_gateway_links_in_the_open": frozenset({"test_link"}),
    "hostile_gateway_hides_a_reused_key": frozenset({"test_key_of_another_intent_is_refused"}),
    "hostile_gateway_divides_amounts": frozenset({"test_payment_is_told_exactly"}),
    "hostile_gateway_settles_too_early": frozenset({"test_payment_is_told_exactly"}),
    "hostile_gateway_knows_every_payment": frozenset({"test_unheard_of_payment_is_not_settled"}),
    "hostile_gateway_gives_up_on_payments": frozenset({"test_fetch_claims_nothing_under_faults"}),
    "hostile_gateway_loses_refunds": frozenset({"test_refund_of_a_lost_answer_is_one_refund"}),
    "hostile_gateway_refunds_twice": frozenset({"test_refund_of_a_lost_answer_is_one_refund"}),
    "hostile_gateway_tries_too_much_again": frozenset({"test_refund_of_too_much_fails"}),
    "hostile_gateway_names_events_by_payment": frozenset(
        {"test_callback_is_understood", "test_callbacks_in_any_order", "test_callbacks_settle_alike"}
    ),
}
"""Payment gateways of `recobro_hostile.outgoing`."""

LAWYERS: Final[dict[str, frozenset[str]]] = {
    "hostile_lawyers": frozenset(),
    "hostile_lawyers_change_their_list": frozenset({"test_checklist_is_complete_and_stable"}),
    "hostile_lawyers_leave_out_what_is_there": frozenset({"test_checklist_is_complete_and_stable"}),
    "hostile_lawyers_warn_only": frozenset({"test_checklist_tells_the_two_cases_apart"}),
    "hostile_lawyers_take_anything": frozenset({"test_blocked_case_is_refused"}),
    "hostile_lawyers_name_the_debtor": frozenset({"test_blocked_case_is_refused"}),
    "hostile_lawyers_take_keys_for_cases": frozenset({"test_key_of_another_dossier_is_refused"}),
    "hostile_lawyers_own_clock": frozenset({"test_receipt"}),
    "hostile_lawyers_name_files_twice": frozenset({"test_receipt"}),
    "hostile_lawyers_know_every_case": frozenset({"test_blocked_case_is_refused", "test_status_is_honest"}),
    "hostile_lawyers_guess": frozenset({"test_status_claims_nothing_under_faults"}),
}
"""Legal channels of `recobro_hostile.papers`."""

REPORTS: Final[dict[str, frozenset[str]]] = {
    "hostile_report": frozenset(),
    "hostile_report_has_anothers_name": frozenset({"test_description"}),
    "hostile_report_takes_any_parameter": frozenset({"test_description"}),
    "hostile_report_writes_another_type": frozenset({"test_files"}),
    "hostile_report_leaves_a_file_empty": frozenset({"test_files"}),
    "hostile_report_needs_a_debt": frozenset({"test_no_rows"}),
    "hostile_report_speaks_one_language": frozenset({"test_both_languages"}),
    "hostile_report_never_twice_the_same": frozenset(
        {
            "test_lost_answer_is_one_effect",
            "test_same_data_same_bytes",
            "test_same_key_is_one_effect",
            "test_twenty_at_once",
        }
    ),
    "hostile_report_keeps_half_a_file": frozenset({"test_failing_data_discards_the_files"}),
    "hostile_report_holds_the_loop": frozenset({"test_large_report_does_not_block"}),
    "hostile_report_gives_its_files_back": frozenset({"test_answer_crosses_processes"}),
}
"""Reports of `recobro_hostile.papers`."""
