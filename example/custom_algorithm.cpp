// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A scheduling algorithm of one's own: the newest fiber first, so that a search goes into the depth and keeps few fibers
// waiting, where first come, first served would go through a tree level by level.

#include <weft/weft.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace
{

class newest_first : public weft::algorithm
{
public:
    void awakened(weft::ready_fiber fiber) noexcept override
    {
        ready_.push_back(fiber);
    }

    weft::ready_fiber pick_next() noexcept override
    {
        if (ready_.empty())
        {
            return {};
        }
        const auto newest = ready_.back();
        ready_.pop_back();
        return newest;
    }

    bool has_ready_fibers() const noexcept override
    {
        return !ready_.empty();
    }

private:
    std::vector<weft::ready_fiber> ready_;
};

void visit(const std::string& node, int levels)
{
    std::cout << node << ' ';
    if (levels > 0)
    {
        weft::fiber(visit, node + "b", levels - 1).detach();
        weft::fiber(visit, node + "a", levels - 1).detach();
    }
}

} // namespace

int main()
{
    weft::run([] { weft::fiber(visit, "r", 2).join(); });
    std::cout << '\n';
    return weft::run([] {
        weft::scheduler::current().use_algorithm(std::make_unique<newest_first>());
        weft::fiber(visit, "r", 2).join();
    });
}
