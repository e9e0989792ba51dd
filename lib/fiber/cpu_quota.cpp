// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "threads.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string_view>

// Control groups limit processor time per period. A process is told its groups in /proc/self/cgroup, as paths below the
// roots of hierarchies, and in /proc/self/mountinfo where these are mounted. In a container the mount may show only a part
// of the hierarchy. Each group between the process and the root may have a quota of its own. Other systems have no such
// files, and so no limit.

namespace weft::detail
{

namespace
{

/// One hierarchy that distributes processor time.
struct hierarchy
{
    bool is_unified = false; // version 2
    std::string shown_root;  // what of it is mounted
    std::string mount_point;
    std::string group; // of this process
};

bool lists(std::string_view list, std::string_view wanted)
{
    while (!list.empty())
    {
        const auto comma = list.find(',');
        if (list.substr(0, comma) == wanted)
        {
            return true;
        }
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
    return false;
}

std::optional<std::string> group_of_process(const std::string& root, bool is_unified)
{
    std::ifstream groups(root + "/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);)
    {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos)
        {
            continue;
        }
        const auto controllers = std::string_view(line).substr(first + 1, second - first - 1);
        if (is_unified ? controllers.empty() : lists(controllers, "cpu"))
        {
            return line.substr(second + 1);
        }
    }
    return std::nullopt;
}

/// The mount that a line of mountinfo describes, if that is one of control groups.
std::optional<hierarchy> read_mount(const std::string& line)
{
    std::istringstream fields(line);
    std::string skipped;
    hierarchy found;
    fields >> skipped >> skipped >> skipped >> found.shown_root >> found.mount_point;
    while (fields >> skipped && skipped != "-")
    {
    }
    std::string type;
    std::string options;
    fields >> type >> skipped >> options;
    found.is_unified = type == "cgroup2";
    return found.is_unified || (type == "cgroup" && lists(options, "cpu")) ? std::optional(found) : std::nullopt;
}

std::optional<std::size_t> whole_processors(std::int64_t quota, std::int64_t period)
{
    if (quota <= 0 || period <= 0)
    {
        return std::nullopt;
    }
    return static_cast<std::size_t>((quota + period - 1) / period);
}

std::optional<std::size_t> quota_of_group(const std::string& directory, bool is_unified)
{
    std::int64_t quota = 0;
    std::int64_t period = 0;
    if (is_unified)
    {
        std::ifstream(directory + "/cpu.max") >> quota >> period; // "max" is no number, and leaves 0
    }
    else
    {
        std::ifstream(directory + "/cpu.cfs_quota_us") >> quota;
        std::ifstream(directory + "/cpu.cfs_period_us") >> period;
    }
    return whole_processors(quota, period);
}

void lower(std::optional<std::size_t>& least, std::optional<std::size_t> other)
{
    if (other)
    {
        least = std::min(least.value_or(*other), *other);
    }
}

std::optional<std::size_t> quota_of(const std::string& root, const hierarchy& where)
{
    auto below = std::string_view(where.group);
    if (where.shown_root != "/" && below.substr(0, where.shown_root.size()) == where.shown_root)
    {
        below.remove_prefix(where.shown_root.size());
    }
    if (below == "/")
    {
        below = {};
    }
    std::optional<std::size_t> least;
    for (;;)
    {
        lower(least, quota_of_group(root + where.mount_point + std::string(below), where.is_unified));
        if (below.empty())
        {
            return least;
        }
        const auto parent = below.rfind('/');
        below = below.substr(0, parent == std::string_view::npos ? 0 : parent);
    }
}

} // namespace

std::optional<std::size_t> cpu_quota(const std::string& root)
{
    std::optional<std::size_t> least;
    std::ifstream mounts(root + "/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);)
    {
        if (auto where = read_mount(line))
        {
            if (auto group = group_of_process(root, where->is_unified))
            {
                where->group = std::move(*group);
                lower(least, quota_of(root, *where));
            }
        }
    }
    return least;
}

} // namespace weft::detail
