-- Every role x object x right: what stands here, and nothing else. A new object or grant needs a line in this table, or fails by its name.
BEGIN;
CREATE TEMPORARY TABLE expected (object text PRIMARY KEY, listener text, operator text, bi text);
-- What calendar_sync_user, calendar_sync_operator and calendar_sync_bi may do; "-": nothing. "but (…)": all columns but these.
INSERT INTO expected VALUES
    ('database itself', 'CONNECT', 'CONNECT', 'CONNECT'),
    ('function engine.accept_notification(text, integer)', 'EXECUTE', '-', '-'),
    ('function engine.accept_asked(jsonb, text)', '-', '-', '-'),
    ('function engine.is_part_of_series(sync.seen)', '-', '-', '-'),
    ('function engine.later_parts(text)', '-', '-', '-'),
    ('function engine.reject_notification(text, text)', '-', '-', '-'),
    ('function engine.sender_of(integer)', '-', '-', '-'),
    ('function engine.notification_queue_usage()', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function engine.series_stem(text)', '-', '-', '-'),
    ('function engine.wake_listeners()', 'EXECUTE', 'EXECUTE', '-'),
    ('function sync.adopt_rows(jsonb, boolean)', '-', 'EXECUTE', '-'),
    ('function engine.adopt_event(sync.action, timestamp with time zone, jsonb)', '-', '-', '-'),
    ('function engine.adopt_occurrences(sync.run)', '-', '-', '-'),
    ('function engine.advoware_link_id(text, bigint)', '-', 'EXECUTE', 'EXECUTE'),
    ('function engine.an_employee_is_locked()', '-', '-', '-'),
    ('function engine.anonymised_twins(engine.look, text)', '-', '-', '-'),
    ('function engine.append_only()', '-', '-', '-'),
    ('function engine.apply_guard(sync.run)', '-', '-', '-'),
    ('function engine.asks_for(sync.request)', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function engine.attempt_made(bigint, bigint, text)', '-', '-', '-'),
    ('function engine.audit_day_digest(date)', '-', '-', '-'),
    ('function engine.audit_derived(text, timestamp with time zone, jsonb)', '-', '-', '-'),
    ('function engine.audit_is_empty_before(timestamp with time zone)', '-', '-', '-'),
    ('function engine.audit_link()', '-', '-', '-'),
    ('function engine.audit_login()', '-', '-', '-'),
    ('function engine.audit_part(text, date)', '-', '-', '-'),
    ('function engine.audit_partition_problem(sync.audit_seal)', '-', '-', '-'),
    ('function engine.audit_policy()', '-', '-', '-'),
    ('function engine.audit_row_digest(jsonb)', '-', '-', '-'),
    ('function engine.audit_rows_problem(sync.audit_seal)', '-', '-', '-'),
    ('function engine.audit_run()', '-', '-', '-'),
    ('function engine.audit_seal_digest(date, bigint, text, text, timestamp with time zone)', '-', '-', '-'),
    ('function engine.audit_seal_problem(sync.audit_seal, sync.audit_seal)', '-', '-', '-'),
    ('function engine.audit_time()', '-', '-', '-'),
    ('function engine.audited_columns()', '-', '-', '-'),
    ('function engine.backoff_until(integer, interval)', '-', '-', '-'),
    ('function engine.begin_action(bigint, bigint)', 'EXECUTE', '-', '-'),
    ('function engine.begin_again(sync.action)', '-', '-', '-'),
    ('function engine.begin_calendar(bigint, bigint, text)', 'EXECUTE', '-', '-'),
    ('function engine.begin_extra_deletion(sync.action)', '-', '-', '-'),
    ('function engine.begin_link_event(sync.action, sync.run)', '-', '-', '-'),
    ('function engine.begin_next_run(text)', '-', '-', '-'),
    ('function engine.begin_planned(sync.action, sync.run)', '-', '-', '-'),
    ('function engine.begin_reading(bigint, bigint, text)', 'EXECUTE', '-', '-'),
    ('function engine.clock_was_set_back(sync.run)', '-', '-', '-'),
    ('function engine.known_ahead(text, sync.source_system_enum, jsonb, boolean)', '-', '-', '-'),
    ('function engine.known_after(text, sync.source_system_enum, jsonb, timestamp with time zone)', '-', '-', '-'),
    ('function engine.date_back(text, timestamp with time zone)', '-', '-', '-'),
    ('function engine.date_jobs_back()', '-', '-', '-'),
    ('function engine.has_audit_month(date)', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function engine.prepare_audit()', '-', '-', '-'),
    ('function engine.digest_still_holds(text, jsonb)', '-', '-', '-'),
    ('function engine.forget_digest(text)', '-', '-', '-'),
    ('function engine.guard_reason(text, sync.source_system_enum, text[])', '-', '-', '-'),
    ('function engine.calendar_answers(sync.run)', '-', '-', '-'),
    ('function engine.calendar_gone(bigint, bigint)', 'EXECUTE', '-', '-'),
    ('function engine.calendar_of(text)', '-', '-', '-'),
    ('function engine.calendar_refused(bigint, bigint, integer)', 'EXECUTE', '-', '-'),
    ('function engine.can_match(sync.seen)', '-', '-', '-'),
    ('function engine.carry_series(sync.run)', '-', '-', '-'),
    ('function engine.change_of(engine.link_state, boolean)', '-', '-', '-'),
    ('function engine.check_employee()', '-', '-', '-'),
    ('function engine.check_job()', '-', '-', '-'),
    ('function engine.check_request()', '-', '-', '-'),
    ('function engine.check_setting()', '-', '-', '-'),
    ('function engine.check_time_zone(text)', '-', '-', '-'),
    ('function engine.choose_update(engine.link_state, engine.planning)', '-', '-', '-'),
    ('function engine.choose_write_again(engine.link_state)', '-', '-', '-'),
    ('function engine.claim_reading(text)', '-', '-', '-'),
    ('function engine.claim_run(text, text)', 'EXECUTE', '-', '-'),
    ('function engine.clock_change(text, timestamp with time zone, timestamp with time zone)', '-', '-', '-'),
    ('function engine.close_run(bigint, text)', '-', '-', '-'),
    ('function engine.code_of(text)', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function engine.complete_action(bigint, bigint, timestamp with time zone, jsonb, bigint)', 'EXECUTE', '-', '-'),
    ('function engine.complete_attempt(sync.action, bigint, bigint)', '-', '-', '-'),
    ('function engine.complete_deletion(sync.action, timestamp with time zone)', '-', '-', '-'),
    ('function engine.complete_tag(sync.action, jsonb)', '-', '-', '-'),
    ('function engine.complete_write(sync.action, jsonb)', '-', '-', '-'),
    ('function engine.contents_of(engine.link_state, text)', '-', '-', '-'),
    ('function engine.control_of(sync.reading, integer)', '-', '-', '-'),
    ('function engine.control_termin(text, integer)', '-', '-', '-'),
    ('function engine.count_matches(engine.schedule, timestamp without time zone, timestamp without time zone)', '-', '-', '-'),
    ('function engine.count_ticks(text, text, timestamp with time zone, timestamp with time zone)', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function engine.cron_bounds(text)', '-', '-', '-'),
    ('function engine.cron_field(text, text)', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function engine.csv_rows(text)', '-', 'EXECUTE', '-'),
    ('function engine.day_matches(engine.schedule, date)', '-', '-', '-'),
    ('function engine.decide(engine.link_state, engine.planning)', '-', '-', '-'),
    ('function engine.decide_changed(engine.change)', '-', 'EXECUTE', 'EXECUTE'),
    ('function engine.decide_deleted(engine.deletion)', '-', 'EXECUTE', 'EXECUTE'),
    ('function engine.decide_phase(engine.link_state, engine.planning)', '-', '-', '-'),
    ('function engine.decide_phase_1(engine.link_state)', '-', '-', '-'),
    ('function engine.decide_phase_2(engine.link_state, engine.planning)', '-', '-', '-'),
    ('function engine.decide_phase_3(engine.link_state, engine.planning)', '-', '-', '-'),
    ('function engine.decide_phase_4(engine.link_state, engine.planning)', '-', '-', '-'),
    ('function engine.decide_tag(engine.link_state)', '-', '-', '-'),
    ('function engine.doubt_action(bigint, bigint, text)', 'EXECUTE', '-', '-'),
    ('function engine.doubt_candidates(sync.action)', '-', '-', '-'),
    ('function engine.doubt_is_over(sync.calendar_sync)', '-', '-', '-'),
    ('function engine.doubt_until(sync.action)', '-', '-', '-'),
    ('function engine.dry_run(bigint, bigint, jsonb)', 'EXECUTE', '-', '-'),
    ('function engine.due_series(text)', '-', '-', '-'),
    ('function engine.end_action(bigint, text, text)', '-', '-', '-'),
    ('function engine.end_link(sync.calendar_sync)', '-', '-', '-'),
    ('function engine.end_request(bigint, text)', '-', '-', '-'),
    ('function engine.end_writes(sync.calendar_sync)', '-', '-', '-'),
    ('function engine.ended(sync.action)', '-', '-', '-'),
    ('function engine.ensure_audit_month(date)', '-', '-', '-'),
    ('function engine.ensure_audit_partitions()', '-', '-', '-'),
    ('function engine.entries_of(text, sync.source_system_enum, timestamp with time zone, jsonb, text)', '-', '-', '-'),
    ('function engine.event_id_taken(bigint, bigint, timestamp with time zone, jsonb)', 'EXECUTE', '-', '-'),
    ('function engine.expand_to()', '-', '-', '-'),
    ('function engine.fail_action(bigint, bigint, text, integer)', 'EXECUTE', '-', '-'),
    ('function engine.fault_of(text, text, boolean, text)', '-', '-', '-'),
    ('function engine.faults_of_old_row(jsonb)', '-', '-', '-'),
    ('function engine.finish_run(bigint, bigint, text)', 'EXECUTE', '-', '-'),
    ('function engine.first_audit_day(date)', '-', '-', '-'),
    ('function engine.first_free(boolean)', '-', '-', '-'),
    ('function engine.first_occurrence(engine.link_state)', '-', '-', '-'),
    ('function engine.follow_later_termine(engine.look, text)', '-', '-', '-'),
    ('function engine.gate_of(date)', '-', '-', '-'),
    ('function engine.generation_of_event_id(text)', '-', '-', '-'),
    ('function engine.give_back_lost_requests()', '-', '-', '-'),
    ('function engine.give_back_requests(bigint[])', '-', '-', '-'),
    ('function engine.give_up_attempts(sync.calendar_sync)', '-', '-', '-'),
    ('function engine.guard_link()', '-', '-', '-'),
    ('function engine.has_arrived(engine.link_state)', '-', '-', '-'),
    ('function engine.has_to_be_carried(engine.look, sync.seen)', '-', '-', '-'),
    ('function engine.has_to_be_shared(sync.employee, text, boolean)', '-', '-', '-'),
    ('function engine.heartbeat(text, bigint[])', 'EXECUTE', '-', '-'),
    ('function engine.is_taken(text, bigint)', '-', '-', '-'),
    ('function engine.note_reading(text, sync.source_system_enum, jsonb, timestamp with time zone, boolean)', '-', '-', '-'),
    ('function engine.reserved_termine(text)', '-', '-', '-'),
    ('function engine.hold_reshaped(sync.run, integer)', '-', '-', '-'),
    ('function engine.housekeeping_if_due()', '-', '-', '-'),
    ('function engine.hub_knows(uuid, text, integer, text)', '-', '-', '-'),
    ('function engine.instant_of(engine.schedule, text, timestamp without time zone, timestamp with time zone)', '-', '-', '-'),
    ('function engine.is_about_link(sync.action, sync.calendar_sync)', '-', '-', '-'),
    ('function engine.is_approved(uuid, text, text)', '-', '-', '-'),
    ('function engine.is_cancelled(bigint)', '-', '-', '-'),
    ('function engine.is_carried(text, text)', '-', '-', '-'),
    ('function engine.is_due(sync.calendar_sync)', '-', '-', '-'),
    ('function engine.is_new_appointment(sync.seen)', '-', '-', '-'),
    ('function engine.is_part_of_ours(sync.seen)', '-', '-', '-'),
    ('function engine.is_paused(text)', '-', '-', '-'),
    ('function engine.is_still_needed(sync.action)', '-', '-', '-'),
    ('function engine.is_time(text)', '-', '-', '-'),
    ('function engine.join_termin(sync.action)', '-', '-', '-'),
    ('function engine.join_termine(text)', '-', '-', '-'),
    ('function engine.judge_old_rows(jsonb)', '-', '-', '-'),
    ('function engine.keep_link(sync.calendar_sync)', '-', '-', '-'),
    ('function engine.keep_settled(sync.calendar_sync, sync.calendar_sync, engine.pending_write)', '-', '-', '-'),
    ('function engine.keep_writes(sync.calendar_sync, engine.settlement)', '-', '-', '-'),
    ('function engine.key_prefix(text)', '-', '-', '-'),
    ('function engine.known_events(bigint, bigint, jsonb)', 'EXECUTE', '-', '-'),
    ('function engine.last_runs()', '-', '-', '-'),
    ('function engine.lease_run(bigint, text)', '-', '-', '-'),
    ('function engine.limits()', 'EXECUTE', '-', '-'),
    ('function engine.link_new(bigint, integer)', '-', '-', '-'),
    ('function engine.link_anonymised(text, integer[], text[], bigint)', '-', '-', '-'),
    ('function engine.link_tagged(sync.seen)', '-', '-', '-'),
    ('function engine.link_twins(sync.run)', '-', '-', '-'),
    ('function engine.listener_start(text, text, text, text, integer, boolean)', 'EXECUTE', '-', '-'),
    ('function engine.listener_stop(text)', 'EXECUTE', '-', '-'),
    ('function engine.lock_audit_day()', '-', '-', '-'),
    ('function engine.look_again(sync.run)', '-', '-', '-'),
    ('function engine.look_at(bigint, uuid[])', '-', '-', '-'),
    ('function engine.make_runs(sync.request)', '-', '-', '-'),
    ('function engine.masters_of(text, text)', '-', '-', '-'),
    ('function engine.may_carry(text, text)', '-', '-', '-'),
    ('function engine.may_create_calendar(bigint, bigint)', 'EXECUTE', '-', '-'),
    ('function engine.may_delete_late(sync.action)', '-', '-', '-'),
    ('function engine.microseconds(timestamp with time zone)', '-', '-', '-'),
    ('function engine.missing_entry(sync.seen, timestamp with time zone)', '-', '-', '-'),
    ('function engine.missing_since(text, sync.source_system_enum)', '-', '-', '-'),
    ('function engine.move_to_new_calendar(text)', '-', '-', '-'),
    ('function engine.names_termin(sync.seen)', '-', '-', '-'),
    ('function engine.new_advoware_links(sync.run)', '-', '-', '-'),
    ('function engine.new_google_links(sync.run)', '-', '-', '-'),
    ('function engine.new_termine(engine.look, text)', '-', '-', '-'),
    ('function engine.next_match(engine.schedule, timestamp without time zone)', '-', '-', '-'),
    ('function engine.no_truncate()', '-', '-', '-'),
    ('function engine.notification_body(text)', '-', '-', '-'),
    ('function engine.notification_problem(jsonb)', '-', '-', '-'),
    ('function engine.notify_queue()', '-', '-', '-'),
    ('function engine.observed_at(sync.seen, sync.reading)', '-', '-', '-'),
    ('function engine.obstacle_to(engine.link_state, text)', '-', '-', '-'),
    ('function engine.only_time_is_left(engine.link_state)', '-', '-', '-'),
    ('function engine.open_request(bigint, text, text[], boolean, text)', 'EXECUTE', '-', '-'),
    ('function engine.open_request_for_one(text)', '-', '-', '-'),
    ('function engine.order_of(sync.action, sync.calendar_sync, engine.link_state, engine.decision)', '-', '-', '-'),
    ('function engine.own_event_id(uuid, integer)', '-', 'EXECUTE', 'EXECUTE'),
    ('function engine.owner_of_event_id(text)', '-', '-', '-'),
    ('function engine.owner_of_stray(sync.seen)', '-', '-', '-'),
    ('function engine.parse_schedule(text)', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function engine.pending_write_of(sync.calendar_sync)', '-', '-', '-'),
    ('function engine.pick_run(boolean, bigint)', '-', '-', '-'),
    ('function engine.plan_late_termine(sync.run)', '-', '-', '-'),
    ('function engine.plan_links(sync.run, integer)', '-', '-', '-'),
    ('function engine.plan_next(bigint, integer, integer)', 'EXECUTE', '-', '-'),
    ('function engine.meet_adopted(text, timestamp with time zone)', '-', '-', '-'),
    ('function engine.of_occurrence()', '-', '-', '-'),
    ('function engine.old_write_flag(engine.old_row)', '-', '-', '-'),
    ('function engine.other_row(bigint[], bigint)', '-', '-', '-'),
    ('function engine.plan_phase(bigint, integer)', 'EXECUTE', '-', '-'),
    ('function engine.plan_strays(sync.run)', '-', '-', '-'),
    ('function engine.plan_tagged_events(sync.run, engine.look)', '-', '-', '-'),
    ('function engine.planning_of(sync.run, integer)', '-', '-', '-'),
    ('function engine.prepare_link(sync.action, engine.link_state)', '-', '-', '-'),
    ('function engine.put_there_at(sync.seen)', '-', '-', '-'),
    ('function engine.raise_highest_frnr(sync.source_system_enum, sync.seen[])', '-', '-', '-'),
    ('function engine.reaches_advoware(engine.look, engine.link_state, boolean)', '-', '-', '-'),
    ('function engine.recognise_copies(text)', '-', '-', '-'),
    ('function engine.record_begin(sync.action, sync.calendar_sync, engine.link_state, engine.decision, timestamp with time zone)', '-', '-', '-'),
    ('function engine.record_made(sync.action, bigint, text)', '-', '-', '-'),
    ('function engine.record_proof(bigint, bigint, text, text, timestamp with time zone, jsonb)', 'EXECUTE', '-', '-'),
    ('function engine.refusal_of_commit()', 'EXECUTE', 'EXECUTE', '-'),
    ('function engine.refuse_unusable(sync.run, sync.source_system_enum)', '-', '-', '-'),
    ('function engine.refused_kind(integer, engine.link_state, text)', '-', '-', '-'),
    ('function engine.relink(sync.run)', '-', '-', '-'),
    ('function engine.remember_anonymity(engine.look, text)', '-', '-', '-'),
    ('function engine.remove_actions(timestamp with time zone, integer)', '-', '-', '-'),
    ('function engine.remove_approvals(timestamp with time zone, integer)', '-', '-', '-'),
    ('function engine.remove_entries(timestamp with time zone, integer)', '-', '-', '-'),
    ('function engine.remove_listeners(timestamp with time zone, integer)', '-', '-', '-'),
    ('function engine.remove_requests(timestamp with time zone, integer)', '-', '-', '-'),
    ('function engine.remove_runs(timestamp with time zone, integer)', '-', '-', '-'),
    ('function engine.require_employee(text, text)', '-', '-', '-'),
    ('function engine.require_lease(bigint, bigint)', '-', '-', '-'),
    ('function engine.require_office(text, text, text)', 'EXECUTE', '-', '-'),
    ('function engine.require_phase(bigint)', '-', '-', '-'),
    ('function engine.require_version(text)', '-', '-', '-'),
    ('function engine.revive_link(sync.calendar_sync, sync.seen, sync.effective_policy)', '-', '-', '-'),
    ('function engine.run_counts(bigint)', '-', '-', '-'),
    ('function engine.run_due_jobs()', 'EXECUTE', '-', '-'),
    ('function engine.schedule_fields(text)', '-', '-', '-'),
    ('function engine.schema_version()', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function engine.seen_anew(sync.seen, sync.seen)', '-', '-', '-'),
    ('function engine.series_family(text)', '-', '-', '-'),
    ('function engine.settle(bigint, bigint)', 'EXECUTE', '-', '-'),
    ('function engine.settle_agreement(engine.link_state)', '-', '-', '-'),
    ('function engine.settle_arrival(engine.link_state)', '-', '-', '-'),
    ('function engine.resolve_attempts(text)', '-', '-', '-'),
    ('function engine.settle_link(uuid)', '-', '-', '-'),
    ('function engine.settle_links(uuid[])', '-', '-', '-'),
    ('function engine.settle_miss(engine.link_state)', '-', '-', '-'),
    ('function engine.settle_rest(engine.link_state)', '-', '-', '-'),
    ('function engine.settle_time_alone(engine.link_state, text)', '-', '-', '-'),
    ('function engine.settle_watermarks(engine.link_state)', '-', '-', '-'),
    ('function engine.settled(sync.calendar_sync, engine.pending_write)', '-', '-', '-'),
    ('function engine.settled_time(sync.sync_strategy_enum, sync.source_system_enum, timestamp with time zone, timestamp with time zone, timestamp with time zone)', '-', '-', '-'),
    ('function engine.side_changed(text, text, timestamp with time zone, text, timestamp with time zone, text, text)', '-', '-', '-'),
    ('function engine.side_is_empty(text, sync.source_system_enum)', '-', '-', '-'),
    ('function engine.side_of(text)', '-', '-', '-'),
    ('function engine.spend_approval(sync.action)', '-', '-', '-'),
    ('function engine.spend_unwanted_approvals(sync.run)', '-', '-', '-'),
    ('function engine.split_half_of(sync.seen)', '-', '-', '-'),
    ('function engine.stamp_retention()', '-', '-', '-'),
    ('function engine.state_of(sync.calendar_sync, engine.pending_write)', '-', '-', '-'),
    ('function engine.store_calendar(bigint, bigint, text, boolean, text)', 'EXECUTE', '-', '-'),
    ('function engine.tie_office(text)', '-', '-', '-'),
    ('function engine.keep_audit_at(timestamp with time zone)', '-', '-', '-'),
    ('function engine.retention_problem(sync.audit_retention)', '-', '-', '-'),
    ('function engine.store_employees(text[], boolean)', 'EXECUTE', '-', '-'),
    ('function engine.store_entries(text, sync.source_system_enum, timestamp with time zone, jsonb, text)', '-', '-', '-'),
    ('function engine.store_list(text, sync.source_system_enum, timestamp with time zone, jsonb, jsonb, timestamp with time zone, timestamp with time zone)', '-', '-', '-'),
    ('function engine.store_occurrences(text, timestamp with time zone, timestamp with time zone, jsonb, jsonb)', '-', '-', '-'),
    ('function engine.store_reading(bigint, bigint, jsonb)', 'EXECUTE', '-', '-'),
    ('function engine.store_side(text, sync.source_system_enum, jsonb, boolean)', '-', '-', '-'),
    ('function engine.supersede_action(bigint, bigint, text, timestamp with time zone, jsonb)', 'EXECUTE', '-', '-'),
    ('function engine.tag_is_open(sync.seen)', '-', '-', '-'),
    ('function engine.take_heir(uuid)', '-', '-', '-'),
    ('function engine.take_look(sync.run)', '-', '-', '-'),
    ('function engine.take_over_run(bigint)', '-', '-', '-'),
    ('function engine.take_own_events(engine.look, text)', '-', '-', '-'),
    ('function engine.take_request(bigint, text, boolean)', '-', '-', '-'),
    ('function engine.target_entry(text, integer, text)', '-', '-', '-'),
    ('function engine.tells_nothing_new(sync.seen, sync.seen)', '-', '-', '-'),
    ('function engine.text_of_split_half(sync.seen)', '-', '-', '-'),
    ('function engine.token_still_holds(text, jsonb)', '-', '-', '-'),
    ('function engine.twins(engine.look, text)', '-', '-', '-'),
    ('function engine.unknown_termine(bigint, bigint, bigint[], bigint[])', 'EXECUTE', '-', '-'),
    ('function engine.progress_text(bigint)', 'EXECUTE', 'EXECUTE', '-'),
    ('function engine.turn_anonymity_on(sync.request)', '-', '-', '-'),
    ('function engine.unlinked_events(text, text[])', '-', '-', '-'),
    ('function engine.unlinked_termine(text, integer[])', '-', '-', '-'),
    ('function engine.unremembered_copies(engine.look, text)', '-', '-', '-'),
    ('function engine.use_idle_time()', 'EXECUTE', '-', '-'),
    ('function engine.waits_for_copies(sync.seen)', '-', '-', '-'),
    ('function engine.was_carried(engine.look, sync.seen)', '-', '-', '-'),
    ('function engine.was_missed(engine.link_state)', '-', '-', '-'),
    ('function engine.window_changed()', '-', '-', '-'),
    ('function engine.window_from()', '-', '-', '-'),
    ('function engine.window_to()', '-', '-', '-'),
    ('function engine.with_both_sides(engine.link_state)', '-', '-', '-'),
    ('function engine.without_errors(sync.calendar_sync)', '-', '-', '-'),
    ('function engine.without_event(sync.calendar_sync)', '-', '-', '-'),
    ('function engine.write_flag(text, sync.source_system_enum, bigint)', '-', 'EXECUTE', 'EXECUTE'),
    ('function engine.write_seen(sync.seen[])', '-', '-', '-'),
    ('function sync.apply_policy(text)', '-', 'EXECUTE', '-'),
    ('function sync.approve_held(bigint)', '-', 'EXECUTE', '-'),
    ('function sync.cancel_request(bigint)', 'EXECUTE', 'EXECUTE', '-'),
    ('function sync.drop_audit_before(date)', '-', 'EXECUTE', '-'),
    ('function sync.housekeeping(integer)', '-', 'EXECUTE', '-'),
    ('function sync.link_copy(text, integer, text)', '-', 'EXECUTE', '-'),
    ('function sync.listener_alive()', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function sync.next_run(text, text, timestamp with time zone)', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function sync.phase_progress(bigint)', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function sync.progress(bigint)', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function sync.remedies(bigint)', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('function sync.request_sync(integer, text, boolean, boolean, boolean)', 'EXECUTE', 'EXECUTE', '-'),
    ('function sync.retry_failed()', '-', 'EXECUTE', '-'),
    ('function sync.schedule(text, text, integer, text, boolean, boolean, boolean, text)', '-', 'EXECUTE', '-'),
    ('function sync.seal_audit(integer)', '-', 'EXECUTE', '-'),
    ('function sync.settle_attempt(bigint, bigint)', '-', 'EXECUTE', '-'),
    ('function sync.unschedule(bigint)', '-', 'EXECUTE', '-'),
    ('function sync.unschedule(text)', '-', 'EXECUTE', '-'),
    ('function sync.verify_audit(date)', 'EXECUTE', 'EXECUTE', 'EXECUTE'),
    ('procedure sync.run_now(integer, text, boolean, boolean, boolean, interval, bigint, text, bigint, bigint, bigint, bigint, bigint)', 'EXECUTE', 'EXECUTE', '-'),
    ('schema bi', 'USAGE', 'USAGE', 'USAGE'),
    ('schema engine', 'USAGE', 'USAGE', 'USAGE'),
    ('schema sync', 'USAGE', 'USAGE', 'USAGE'),
    ('sequence engine.run_turn', '-', '-', '-'),
    ('sequence sync.action_action_id_seq', '-', '-', '-'),
    ('sequence sync.approval_approval_id_seq', '-', '-', '-'),
    ('sequence sync.calendar_sync_audit_id_seq', '-', '-', '-'),
    ('sequence sync.job_jobid_seq', '-', '-', '-'),
    ('sequence sync.policy_audit_id_seq', '-', '-', '-'),
    ('sequence sync.request_request_id_seq', '-', '-', '-'),
    ('sequence sync.run_run_id_seq', '-', '-', '-'),
    ('table engine.audit_gate', '-', '-', '-'),
    ('table engine.look', '-', '-', '-'),
    ('table engine.migration', '-', '-', '-'),
    ('table sync.action', 'SELECT', 'SELECT', 'SELECT but (basis, meant_fingerprint, meant_time_fingerprint, missed_fingerprint)'),
    ('table sync.action_kind', 'SELECT', 'SELECT', 'SELECT'),
    ('table sync.approval', '-', 'SELECT', '-'),
    ('table sync.audit_retention', '-', 'SELECT', 'SELECT'),
    ('table sync.audit_seal', '-', 'SELECT', 'SELECT'),
    ('table sync.calendar_sync', 'SELECT but (advoware_fingerprint, google_fingerprint, refused_basis, superseded_count, tagged, text_from_advoware, text_withheld, times_hidden)', 'SELECT, UPDATE (advoware_write_allowed, sync_strategy)', 'SELECT but (advoware_fingerprint, google_fingerprint, refused_basis, superseded_count, tagged, text_from_advoware, text_withheld, times_hidden)'),
    ('table sync.calendar_sync_audit', '-', 'SELECT', 'SELECT'),
    ('table sync.calendar_wait', '-', 'SELECT', '-'),
    ('table sync.employee', 'SELECT', 'SELECT, UPDATE (advoware_writes, anonymize, paused, sync_strategy)', '-'),
    ('table engine.notification_rate', '-', '-', '-'),
    ('table sync.housekeeping', '-', 'SELECT, UPDATE (next_at)', '-'),
    ('table sync.job', '-', 'DELETE, INSERT but (created_at, jobid, last_error, last_request_id, last_run_at, next_run_at, ticks_skipped, username), SELECT, UPDATE but (created_at, jobid, last_error, last_request_id, last_run_at, next_run_at, ticks_skipped, username)', '-'),
    ('table sync.listener', 'SELECT', 'SELECT', '-'),
    ('table sync.office', '-', 'SELECT', '-'),
    ('table sync.policy_audit', '-', 'SELECT', 'SELECT'),
    ('table sync.reading', '-', '-', '-'),
    ('table sync.request', 'INSERT (dry_run, employee_kuerzel, full_content, phase, recheck), SELECT', 'INSERT (dry_run, employee_kuerzel, full_content, phase, recheck), SELECT', 'SELECT'),
    ('table sync.result_code', 'SELECT', 'SELECT', 'SELECT'),
    ('table sync.run', 'SELECT', 'SELECT', 'SELECT'),
    ('table sync.seen', '-', '-', '-'),
    ('table sync.series', '-', 'SELECT', '-'),
    ('table sync.setting', 'SELECT', 'SELECT, UPDATE but (only_row)', '-'),
    ('type engine.begun_action', '-', '-', '-'),
    ('type engine.change', '-', '-', '-'),
    ('type engine.choice', '-', '-', '-'),
    ('type engine.decision', '-', '-', '-'),
    ('type engine.deletion', '-', '-', '-'),
    ('type engine.link_state', '-', '-', '-'),
    ('type engine.old_row', '-', '-', '-'),
    ('type engine.pending_write', '-', '-', '-'),
    ('type engine.planning', '-', '-', '-'),
    ('type engine.schedule', '-', '-', '-'),
    ('type engine.settlement', '-', '-', '-'),
    ('type engine.split_half', '-', '-', '-'),
    ('type sync.attempt_state', '-', '-', '-'),
    ('type sync.source_system_enum', '-', '-', '-'),
    ('type sync.sync_status_enum', '-', '-', '-'),
    ('type sync.sync_strategy_enum', '-', '-', '-'),
    ('type sync.write_state', '-', '-', '-'),
    ('view bi.actions_daily', '-', 'SELECT', 'SELECT'),
    ('view bi.changes', '-', 'SELECT', 'SELECT'),
    ('view bi.changes_daily', '-', 'SELECT', 'SELECT'),
    ('view bi.conflicts', '-', 'SELECT', 'SELECT'),
    ('view bi.failures', '-', 'SELECT', 'SELECT'),
    ('view bi.health', 'SELECT', 'SELECT', 'SELECT'),
    ('view bi.hub_health', 'SELECT', 'SELECT', 'SELECT'),
    ('view bi.latency', '-', 'SELECT', 'SELECT'),
    ('view bi.links', '-', 'SELECT', 'SELECT'),
    ('view bi.runs', '-', 'SELECT', 'SELECT'),
    ('view bi.schedule', '-', 'SELECT', 'SELECT'),
    ('view engine.claimable_request', '-', '-', '-'),
    ('view engine.free_run', '-', '-', '-'),
    ('view engine.copies_without_link', '-', '-', '-'),
    ('view engine.link_states', '-', '-', '-'),
    ('view sync.effective_policy', 'SELECT', 'SELECT', '-'),
    ('view sync.hub_size', '-', 'SELECT', 'SELECT');

-- Names are qualified in what follows.
SET LOCAL search_path = pg_catalog, public;
\ir ../../../ops/rights.psql
SELECT no_plan();
CREATE TEMPORARY VIEW our_role AS
SELECT rolname FROM unnest(ARRAY['calendar_sync_user', 'calendar_sync_operator', 'calendar_sync_bi']) AS role (rolname);

CREATE TEMPORARY VIEW actual AS
SELECT object.kind || ' ' || object.name AS object, role.rolname::text AS role, coalesce(granted.rights, '-') AS rights
FROM hub_object AS object
CROSS JOIN our_role AS role
LEFT JOIN hub_right AS granted ON granted.kind = object.kind AND granted.name = object.name AND granted.role = role.rolname;

-- The failure shows the lines to be added, once somebody has thought about them.
SELECT is_empty($$SELECT format('(%L, %L, %L, %L),', object, max(rights) FILTER (WHERE role = 'calendar_sync_user'),
        max(rights) FILTER (WHERE role = 'calendar_sync_operator'), max(rights) FILTER (WHERE role = 'calendar_sync_bi'))
    FROM actual WHERE object NOT IN (SELECT object FROM expected) GROUP BY object ORDER BY object$$, 'every object has a line in the matrix');
SELECT is(actual.rights, CASE actual.role WHEN 'calendar_sync_user' THEN x.listener WHEN 'calendar_sync_operator' THEN x.operator ELSE x.bi END,
    format('%s on %s', actual.role, actual.object))
FROM actual JOIN expected AS x ON x.object = actual.object
ORDER BY actual.object, actual.role;
SELECT is_empty('SELECT object FROM expected EXCEPT SELECT kind || '' '' || name FROM hub_object', 'the matrix names nothing that is not there');
SELECT is_empty($$SELECT role, kind, name, rights FROM hub_right
    WHERE role NOT IN ('calendar_sync_user', 'calendar_sync_operator', 'calendar_sync_bi') AND NOT (kind = 'database' AND role = 'calendar_sync_owner')$$,
    'PUBLIC and roles that are not ours have no right on anything');
SELECT is_empty($$SELECT class.relname, entry.* FROM pg_class AS class, aclexplode(class.relacl) AS entry
    WHERE class.relispartition AND class.relnamespace = 'sync'::regnamespace AND entry.grantee <> class.relowner$$, 'nobody has a right on a partition: only through its table');
SELECT is_empty($$SELECT r.rolname, m.rolname FROM pg_auth_members AS membership
    JOIN pg_roles AS r ON r.oid = membership.roleid JOIN pg_roles AS m ON m.oid = membership.member
    WHERE m.rolname IN ('calendar_sync_user', 'calendar_sync_operator', 'calendar_sync_bi', 'calendar_sync_owner')$$, 'none of the roles is a member of another: their rights do not add up');

-- By doing: whatever the catalog does not grant is refused, column by column.

CREATE FUNCTION pg_temp.is_refused(role text, statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    refused boolean := false;
BEGIN
    BEGIN
        PERFORM set_config('role', role, true);
        EXECUTE statement;
        RAISE EXCEPTION 'done' USING ERRCODE = 'CS999';
    EXCEPTION
        WHEN insufficient_privilege THEN refused := true;
        WHEN OTHERS THEN NULL;
    END;
    RETURN refused;
END
$$;
CREATE TEMPORARY TABLE attempt AS
SELECT role.rolname::text AS role, object.name, probe.statement, probe.allowed
FROM our_role AS role
JOIN hub_object AS object ON object.kind = 'table'
JOIN pg_attribute AS att ON att.attrelid = object.oid AND att.attnum > 0 AND NOT att.attisdropped
CROSS JOIN LATERAL (VALUES
    (format('SELECT %I FROM %s LIMIT 0', att.attname, object.name), has_column_privilege(role.rolname, object.oid, att.attnum, 'SELECT')),
    (format('UPDATE %s SET %I = DEFAULT WHERE false', object.name, att.attname), has_column_privilege(role.rolname, object.oid, att.attnum, 'UPDATE')),
    (format('INSERT INTO %s (%I) VALUES (DEFAULT)', object.name, att.attname), has_column_privilege(role.rolname, object.oid, att.attnum, 'INSERT'))
) AS probe (statement, allowed)
UNION ALL
SELECT role.rolname, object.name, probe.statement, probe.allowed
FROM our_role AS role
JOIN hub_object AS object ON object.kind = 'table'
CROSS JOIN LATERAL (VALUES
    (format('DELETE FROM %s WHERE false', object.name), has_table_privilege(role.rolname, object.oid, 'DELETE')),
    (format('TRUNCATE %s CASCADE', object.name), has_table_privilege(role.rolname, object.oid, 'TRUNCATE'))
) AS probe (statement, allowed)
UNION ALL
SELECT role.rolname, object.name, format('SELECT count(*) FROM %s', object.name), has_table_privilege(role.rolname, object.oid, 'SELECT')
FROM our_role AS role JOIN hub_object AS object ON object.kind = 'view'
UNION ALL
SELECT role.rolname, object.name, format('SELECT nextval(%L)', object.name), has_sequence_privilege(role.rolname, object.oid, 'USAGE')
FROM our_role AS role JOIN hub_object AS object ON object.kind = 'sequence'
UNION ALL
-- Those that are allowed are called by the other tests; trigger functions cannot be called at all.
SELECT role.rolname, object.name, format('%s %s.%I(%s)', CASE proc.prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT' END, proc.pronamespace::regnamespace, proc.proname,
    (SELECT string_agg('NULL::' || format_type(argument.type, NULL), ', ' ORDER BY argument.place) FROM unnest(proc.proargtypes::oid[]) WITH ORDINALITY AS argument (type, place))), false
FROM our_role AS role
JOIN hub_object AS object ON object.kind IN ('function', 'procedure')
JOIN pg_proc AS proc ON proc.oid = object.oid AND proc.prorettype <> 'trigger'::regtype
    -- With NULLs these are NULL before anybody asks for rights.
    AND NOT (proc.proisstrict AND proc.provolatile = 'i')
WHERE NOT has_function_privilege(role.rolname, object.oid, 'EXECUTE');
SELECT cmp_ok((SELECT count(*) FROM attempt WHERE NOT allowed), '>', 1000::bigint, 'there is much that is forbidden');
SELECT is_empty('SELECT role, statement FROM attempt WHERE NOT allowed AND NOT pg_temp.is_refused(role, statement)', 'whatever is not granted is refused when it is tried');
SELECT is_empty('SELECT role, statement FROM attempt WHERE allowed AND pg_temp.is_refused(role, statement)', 'whatever is granted is not');

-- What nobody thought of.

SET LOCAL ROLE calendar_sync_owner;
CREATE FUNCTION sync.made_later() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TYPE sync.made_later AS ENUM ('x');
CREATE TABLE sync.made_later_too ();
RESET ROLE;
SELECT is_empty($$SELECT kind, name, role FROM hub_right WHERE name ~ 'made_later'$$, 'nobody may use what is made later without a grant, PUBLIC included');
SELECT is_empty($$SELECT nspname, entry.privilege_type FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS entry
    WHERE nspname = 'public' AND entry.grantee <> nspowner AND entry.privilege_type = 'CREATE'$$, 'nobody may create in schema public, where people''s search_path leads too');

SELECT * FROM finish();
ROLLBACK;
