// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// weft_bench: every case with its rivals in turns. Not Google Benchmark, which runs one function after the other and
// knows neither rivals nor their ratios.

#include "cases.hpp"
#include "harness/isolation.hpp"
#include "harness/report.hpp"
#include "harness/rivals.hpp"
#include "harness/runner.hpp"
#include "harness/twin.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <regex>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace
{

using namespace weft::bench;

registry all_cases()
{
    registry all;
    add_switch_cases(all);
    add_generator_cases(all);
    add_yield_cases(all);
    add_spawn_join_cases(all);
    add_skynet_cases(all);
#if defined(WEFT_INLINE_SWITCH)
    // This is the program that weft_bench asks about the inline switch.
#else
    add_twin_contenders(all);
    add_pool_cases(all);
    add_timer_cases(all);
    add_sleep_cases(all);
    add_wake_cases(all);
    add_preempt_cases(all);
    add_memory_cases(all);
    add_group_cases(all);
    add_scale_cases(all);
    add_mutex_cases(all);
    add_future_cases(all);
    add_condition_variable_cases(all);
    add_queue_cases(all);
    add_channel_cases(all);
    add_select_cases(all);
    add_echo_cases(all);
    add_http_cases(all);
#if defined(WEFT_BENCH_WITH_TLS)
    add_tls_cases(all);
#endif
    add_udp_cases(all);
    add_echo_on_workers(all);
    add_idle_cases(all);
    add_file_cases(all);
#endif
    return all;
}

void list(const std::vector<const bench_case*>& chosen)
{
    for (const auto each : chosen)
    {
        std::cout << each->name << " [" << each->unit << "]:";
        for (const auto& who : each->contenders)
        {
            std::cout << ' ' << who.system;
        }
        std::cout << '\n';
    }
}

/// False if a system has failed.
bool run(const std::vector<const bench_case*>& chosen, const settings& options, const std::string& json_path)
{
    // Opened first: a wrong path is better known before the minutes that follow.
    std::ofstream json;
    if (!json_path.empty())
    {
        json.open(json_path);
        if (!json)
        {
            throw std::runtime_error("cannot write " + json_path);
        }
    }

    const bool shows_progress = ::isatty(STDERR_FILENO) != 0;
    std::vector<case_result> results;
    bool all_well = true;
    for (std::size_t i = 0; i < chosen.size(); ++i)
    {
        if (shows_progress)
        {
            std::cerr << '[' << i + 1 << '/' << chosen.size() << "] " << chosen[i]->name << " ..." << std::flush;
        }
        results.push_back(run_case(*chosen[i], options));
        if (shows_progress)
        {
            std::cerr << "\r\033[K";
        }
        print_table(std::cout, results.back());
        for (const auto& each : results.back().rows)
        {
            all_well = all_well && each.failure.empty();
        }
    }

    if (json.is_open())
    {
        write_json(json, results);
        json.close();
        if (!json)
        {
            throw std::runtime_error("cannot write " + json_path);
        }
    }
    return all_well;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Benchmarks of weft against its rivals. Lower is better; compare ratios, not figures of two runs.");
    bool quick = false;
    bool only_list = false;
    std::string only;
    std::string json_path;
    settings options;
    app.add_flag("--quick", quick, "Short loops, 3 repetitions");
    app.add_option("--only", only, "Run the cases in whose name this regular expression is found");
    app.add_option("--json", json_path, "Write the figures to this file");
    const auto runs = app.add_option("--runs", options.runs, "Repetitions of each case and system (7)");
    runs->check(CLI::Range(1, 1000));
    std::vector<std::string> rivals;
    app.add_option("--rival", rivals, "Let another program take part, <name>=<path>; see bench/harness/rivals.hpp")
        ->allow_extra_args(false);
    app.add_flag("--list", only_list, "Show the cases and their systems");
    std::string one_loop;
    std::uint64_t operations = 0;
    app.add_option("--loop", one_loop, "Run weft's loop of this case once and print nanoseconds and operations")
        ->needs(app.add_option("--operations", operations, "For --loop: how many"));
    CLI11_PARSE(app, argc, argv);

    try
    {
        if (quick)
        {
            options.how_much = effort::quick;
            options.runs = runs->count() != 0 ? options.runs : 3;
        }
        auto all = all_cases();
        if (!one_loop.empty())
        {
            print_loop(all, one_loop, operations);
            return 0;
        }
        for (const auto& each : rivals)
        {
            add_rival(all, each);
        }
        const std::regex pattern(only);
        std::vector<const bench_case*> chosen;
        for (const auto& each : all.cases())
        {
            if (std::regex_search(each.name, pattern))
            {
                chosen.push_back(&each);
            }
        }
        if (chosen.empty())
        {
            throw std::runtime_error("no case matches " + only);
        }
        if (only_list)
        {
            list(chosen);
            return 0;
        }
        if (usable_cores() < 2)
        {
            std::cout << "One core only: clients share it with their servers.\n";
        }
        return run(chosen, options, json_path) ? 0 : 1;
    }
    catch (const std::exception& error)
    {
        std::cerr << "weft_bench: " << error.what() << '\n';
        return 2;
    }
}
