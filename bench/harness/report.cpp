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

// A limit on weft's ratio to a rival stands in that rival's row, any other in the row of whom it is for.
std::string judge(const case_result& result, const row& here)
{
    for (const auto& wanted : result.targets)
    {
        const auto absolute = wanted.rival.empty();
        const auto* const own = result.find(wanted.system);
        const auto* const rival = absolute ? nullptr : result.find(wanted.rival);
        const auto& place = absolute || wanted.system != "weft" ? wanted.system : wanted.rival;
        if (own == nullptr || here.system != place || (!absolute && rival == nullptr))
        {
            continue;
        }
        const auto limit = "   <= " + plain(wanted.limit);
        return absolute ? limit + ' ' + result.unit + "  " + verdict(wanted, own->median, 1)
                        : limit + " x " + wanted.rival + "  " + verdict(wanted, own->median, rival->median) + ", " +
                              ratio(own->median, rival->median);
    }
    return {};
}

void write_targets(std::ostream& out, const case_result& result, const std::string& system)
{
    bool any = false;
    for (const auto& wanted : result.targets)
    {
        if (wanted.system == system)
        {
            out << (any ? ", " : R"(, "targets": [)") << R"({"at_most": )" << wanted.limit;
            if (!wanted.rival.empty())
            {
                out << R"(, "against": ")" << wanted.rival << '"';
            }
            out << '}';
            any = true;
        }
    }
    out << (any ? "]" : "");
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
            << judge(result, each) << '\n';
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
                    << R"(, "unit": ")" << result.unit << R"(", "runs": )" << each.runs;
                write_targets(out, result, each.system);
                out << '}';
                separator = ",\n";
            }
        }
    }
    out << "\n]\n";
}

} // namespace weft::bench
