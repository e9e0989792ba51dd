// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SYNC_FUTURE_KINDS_HPP
#define WEFT_TEST_SYNC_FUTURE_KINDS_HPP

#include <weft/sync/future.hpp>
#include <weft/sync/promise.hpp>

#include <boost/test/unit_test.hpp>

#include <future>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>

namespace weft::test
{

/// The code of the `std::future_error` that the call throws; nothing sensible if it throws none.
template <class Call>
bool fails_with(std::future_errc expected, Call&& call)
{
    try
    {
        std::forward<Call>(call)();
    }
    catch (const std::future_error& error)
    {
        return error.code() == expected;
    }
    return false;
}

struct alignas(128) over_aligned
{
    explicit over_aligned(int n) : number(n) {}
    int number;
};

/// A result type: how to give the result `n`, and what of it is found.
template <class T>
struct results
{
    static void keep(weft::promise<T>& promise, int n)
    {
        promise.set_value(T(n));
    }
    static int found(const T& value)
    {
        if constexpr (std::is_same_v<T, over_aligned>)
        {
            BOOST_TEST(reinterpret_cast<std::uintptr_t>(&value) % alignof(over_aligned) == 0U);
            return value.number;
        }
        else
        {
            return value;
        }
    }
};

template <>
struct results<std::string>
{
    static void keep(weft::promise<std::string>& promise, int n)
    {
        promise.set_value(std::string(100, static_cast<char>(n)));
    }
    static int found(const std::string& value)
    {
        return value.at(99);
    }
};

template <>
struct results<std::unique_ptr<int>>
{
    static void keep(weft::promise<std::unique_ptr<int>>& promise, int n)
    {
        promise.set_value(std::make_unique<int>(n));
    }
    static int found(const std::unique_ptr<int>& value)
    {
        return *value;
    }
};

inline int referred = 0;

template <>
struct results<int&>
{
    static void keep(weft::promise<int&>& promise, int n)
    {
        referred = n;
        promise.set_value(referred);
    }
    static int found(int& value)
    {
        BOOST_TEST(&value == &referred);
        return value;
    }
};

template <>
struct results<void>
{
    static inline int last = 0;
    static void keep(weft::promise<void>& promise, int n)
    {
        last = n;
        promise.set_value();
    }
};

/// One of the two futures, for one type.
template <template <class> class Future, class T>
struct future_kind
{
    using value = T;
    using future = Future<T>;

    static future of(weft::promise<T>& promise)
    {
        return promise.get_future();
    }
    static void keep(weft::promise<T>& promise, int n)
    {
        results<T>::keep(promise, n);
    }
    static int get(future& from)
    {
        if constexpr (std::is_void_v<T>)
        {
            from.get();
            return results<void>::last;
        }
        else
        {
            return results<T>::found(from.get());
        }
    }
};

using future_kinds =
    std::tuple<future_kind<weft::future, int>, future_kind<weft::future, int&>, future_kind<weft::future, void>,
               future_kind<weft::future, std::string>, future_kind<weft::future, std::unique_ptr<int>>,
               future_kind<weft::future, over_aligned>, future_kind<weft::shared_future, int>,
               future_kind<weft::shared_future, int&>, future_kind<weft::shared_future, void>,
               future_kind<weft::shared_future, std::string>, future_kind<weft::shared_future, std::unique_ptr<int>>,
               future_kind<weft::shared_future, over_aligned>>;

} // namespace weft::test

#endif
