// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_FIBER_OPERATION_HPP
#define WEFT_IO_DETAIL_FIBER_OPERATION_HPP

#include <weft/io/detail/completion.hpp>

#include <boost/system/error_code.hpp>

#include <tuple>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// An operation with the place for its results.
template <class... Args>
class fiber_operation final : public operation
{
public:
    using results = operation_results<std::decay_t<Args>...>;
    using traits = typename results::traits;
    using values = typename results::values;

    using operation::operation;

    template <class Initiation, class... InitArgs>
    WEFT_PATH_INLINE void run(Initiation&& initiation, InitArgs&&... args)
    {
        if (!begin())
        {
            return;
        }
        try
        {
// Other people's operations convert some arguments on the way; that is no business of ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
            std::forward<Initiation>(initiation)(operation_handler<fiber_operation>(*this),
                                                 std::forward<InitArgs>(args)...);
#pragma GCC diagnostic pop
        }
        catch (...)
        {
            give_up();
            throw;
        }
        wait();
    }

    template <class... Results>
    void complete(Results&&... with)
    {
        results_.keep(std::forward<Results>(with)...);
        finish();
    }

    auto get()
    {
        auto& all = settled();
        traits::check(all);
        return traits::result::get(traits::rest(std::move(all)));
    }

    auto get(boost::system::error_code& error)
    {
        auto& all = settled();
        error = std::get<0>(all);
        return traits::result::get(traits::rest(std::move(all)));
    }

private:
    values& settled()
    {
        auto& all = results_.get([this](boost::system::error_code& to_explain) { explain(to_explain); });
        if constexpr (traits::has_error_code || traits::has_exception)
        {
            explain(std::get<0>(all));
        }
        else if constexpr (traits::starts_with_error_tuple)
        {
            explain(std::get<0>(std::get<0>(all)));
        }
        return all;
    }

    results results_;
};

} // namespace weft::detail

#endif
