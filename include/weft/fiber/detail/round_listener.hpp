// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_ROUND_LISTENER_HPP
#define WEFT_FIBER_DETAIL_ROUND_LISTENER_HPP

namespace weft::detail
{

class scheduler_core;

/// Who runs a scheduler's thread, and wants to hear of its rounds. All calls come from inside the round.
class round_listener
{
public:
    virtual void round_begins(scheduler_core& core) noexcept = 0;

    /// No fiber is ready, and the scheduler is about to rest. May make fibers ready, and says whether it has: then the
    /// round goes on. Called again when something comes before the scheduler rests.
    virtual bool before_rest(scheduler_core& core) noexcept = 0;

    /// The round ends with fibers left, because its budget is spent.
    virtual void round_is_spent(scheduler_core& core) noexcept = 0;

protected:
    ~round_listener() = default;
};

} // namespace weft::detail

#endif
