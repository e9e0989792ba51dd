// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "harness/report.hpp"

#include <iomanip>
#include <ostream>
#include <sstream>
#include <string>

namespace weft::bench
{
namespace
{

std::string number(double value)
{
    std::ostringstream text;
    if (value != 0 && value < 0.001)
    {
        text << std::scientific << std::setprecision(0) << value; // not nothing
        return text.str();
    }
    const auto digits = value == 0 ? 2 : value < 0.1 ? 3 : value < 10 ? 2 : value < 1000 ? 1 : 0;
    text << std::fixed << std::setprecision(digits) << value;
    return text.str();
}

std::string ratio(double value, double base)
{
    return base > 0 ? number(value / base) : value == 0 ? "1.00" : "-";
}

std::string plain(double value)
{
    std::ostringstream text;
    text << value;
    return text.str();
}

std::string verdict(const target& wanted, double reached, double base)
{
    return reached <= wanted.limit * base ? "ok" : "missed";
}

// A limit on the ratio to a rival stands in that rival's row, one on weft's own figure in weft's.
std::string judge(const case_result& result, const row& here, const row* weft)
{
    for (const auto& wanted : result.targets)
    {
        if (weft == nullptr || here.system != (wanted.rival.empty() ? weft->system : wanted.rival))
        {
            continue;
        }
        const auto limit = "   <= " + plain(wanted.limit);
        return wanted.rival.empty() ? limit + ' ' + result.unit + "  " + verdict(wanted, weft->median, 1)
                                    : limit + " x " + wanted.rival + "  " + verdict(wanted, weft->median, here.median) +
                                          ", " + ratio(weft->median, here.median);
    }
    return {};
}

} // namespace

void print_table(std::ostream& out, const case_result& result)
{
    const auto weft = result.find("weft");
    out << std::left << std::setw(32) << result.name + " [" + result.unit + "]" << std::right << std::setw(10)
        << "median" << std::setw(10) << "min" << std::setw(10) << "max" << std::setw(9) << "/ weft"
        << (result.targets.empty() ? "" : "   target") << '\n';
    for (const auto& each : result.rows)
    {
        out << "  " << std::left << std::setw(30) << each.system << std::right;
        if (!each.failure.empty())
        {
            out << "  failed: " << each.failure << '\n';
            continue;
        }
        out << std::setw(10) << number(each.median) << std::setw(10) << number(each.min) << std::setw(10)
            << number(each.max) << std::setw(9) << (weft != nullptr ? ratio(each.median, weft->median) : "-")
            << judge(result, each, weft) << '\n';
    }
    for (const auto& each : result.rows)
    {
        if (!each.note.empty())
        {
            out << "    " << each.system << ": " << each.note << '\n';
        }
    }
    out << std::endl;
}

void write_json(std::ostream& out, const std::vector<case_result>& results)
{
    // Names come from the registry and hold nothing that would have to be escaped.
    const char* separator = "\n";
    out << std::setprecision(6) << '[';
    for (const auto& result : results)
    {
        for (const auto& each : result.rows)
        {
            if (each.failure.empty())
            {
                out << separator << R"({"case": ")" << result.name << R"(", "system": ")" << each.system
                    << R"(", "median": )" << each.median << R"(, "min": )" << each.min << R"(, "max": )" << each.max
                    << R"(, "unit": ")" << result.unit << R"(", "runs": )" << each.runs << '}';
                separator = ",\n";
            }
        }
    }
    out << "\n]\n";
}

} // namespace weft::bench
