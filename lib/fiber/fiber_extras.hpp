// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_FIBER_EXTRAS_HPP
#define WEFT_LIB_FIBER_FIBER_EXTRAS_HPP

#include <weft/fiber/detail/fiber_locals.hpp>
#include <weft/fiber/detail/fiber_record.hpp>

#include <boost/assert/source_location.hpp>

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace weft::detail
{

/// Cancels the fiber when its stop source is asked to stop.
struct cancel_on_stop
{
    fiber_record* fiber;
    void operator()() const noexcept;
};

/// What only some fibers need.
struct fiber_extras
{
    std::string_view name; // in `own_name`, or in the storage that the fiber was given
    std::string own_name;
    boost::source_location site; // no line: none was named
    fiber_locals last_actions;
    fiber_locals locals;
    std::optional<std::stop_source> stop;
    std::optional<std::stop_callback<cancel_on_stop>> on_stop;
    std::optional<std::stop_callback<cancel_on_stop>> on_outer_stop; ///< of the attributes

    void run_at_exit() noexcept
    {
        locals.destroy_all();
        last_actions.destroy_all();
    }
};

/// From here on no stop source finds the fiber: a request that is just being made has been made, with its own reference
/// to the record, when this returns. Whoever ends or discards a fiber says so before it gives its reference up.
inline void forget_stop_source(fiber_record& fiber) noexcept
{
    if (fiber.extras != nullptr)
    {
        fiber.extras->on_stop.reset();
        fiber.extras->on_outer_stop.reset();
    }
}

/// The extras of a record, made if there are none. Errors: `std::bad_alloc`.
fiber_extras& extras_of(fiber_record& fiber);

/// Makes `source` the fiber's own. Only by its scheduler, or before it has started.
std::stop_source& set_stop_source(fiber_record& fiber, std::stop_source source);
std::stop_source& stop_source_of(fiber_record& fiber);

} // namespace weft::detail

#endif
