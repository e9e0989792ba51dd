// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/observation.hpp>

#include "fiber_extras.hpp"

namespace weft::detail
{

constinit observers told;

std::string_view name_of(const fiber_record& fiber) noexcept
{
    return fiber.extras != nullptr ? fiber.extras->name : std::string_view{};
}

std::string label_of(const fiber_record& fiber)
{
    std::string text(name_of(fiber));
    text += '#';
    text += std::to_string(fiber.id);
    return text;
}

const boost::source_location* named_site_of(const fiber_record& fiber) noexcept
{
    return fiber.extras != nullptr && fiber.extras->site.line() != 0 ? &fiber.extras->site : nullptr;
}

} // namespace weft::detail
