// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_CASES_HPP
#define WEFT_BENCH_CASES_HPP

#include "harness/registry.hpp"

// What each file of cases adds, in the order of weft's layers.

namespace weft::bench
{

void add_switch_cases(registry& all);
void add_generator_cases(registry& all);

void add_yield_cases(registry& all);
void add_spawn_join_cases(registry& all);
void add_skynet_cases(registry& all);
void add_pool_cases(registry& all);
void add_timer_cases(registry& all);
void add_sleep_cases(registry& all);
void add_wake_cases(registry& all);
void add_preempt_cases(registry& all);
void add_memory_cases(registry& all);
void add_group_cases(registry& all);
void add_scale_cases(registry& all);

void add_mutex_cases(registry& all);
void add_future_cases(registry& all);
void add_condition_variable_cases(registry& all);
void add_queue_cases(registry& all);
void add_channel_cases(registry& all);
void add_select_cases(registry& all);

void add_echo_cases(registry& all);
void add_http_cases(registry& all);
void add_tls_cases(registry& all);
void add_udp_cases(registry& all);
void add_echo_on_workers(registry& all);
void add_idle_cases(registry& all);
void add_file_cases(registry& all);

} // namespace weft::bench

#endif
