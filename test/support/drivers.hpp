// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_DRIVERS_HPP
#define WEFT_TEST_SUPPORT_DRIVERS_HPP

#include "support/cases.hpp"
#include "support/virtual_time.hpp"

#include <functional>
#include <initializer_list>
#include <tuple>
#include <type_traits>
#include <typeinfo>

// Ways to drive a scheduler. The same case must give the same record with each of them, and is compiled once for all.
namespace weft::test
{

struct scheduler_driver
{
    const char* name;
    /// Starts `first` as a fiber, and calls `last` when nothing is left to do, nor any work in the executor, and that
    /// still exists.
    void (*function)(const std::function<void()>& first, const std::function<void()>& last);
    bool stays_on_own_thread;
};

/// Runs `body` as the first fiber, in the virtual time of `clock`. What leaves it leaves this function. No fiber may be
/// left afterwards, and no work in the executor.
void drive(const scheduler_driver& driver, manual_clock& clock, const std::function<void()>& body);

/// For WEFT_DRIVEN_TEST_CASE and the like: one suite with a case for each driver, `by_run`, or for each of them with each
/// kind, `by_run<kind>`.
class driven_cases final : public boost::unit_test::test_unit_generator
{
public:
    struct body
    {
        const std::type_info* kind; ///< void: none
        void (*run)(const scheduler_driver&);
    };

    driven_cases(const char* name, const char* file, std::size_t line, bool all_drivers,
                 std::initializer_list<body> bodies);

    boost::unit_test::test_unit* next() const override;

private:
    mutable boost::unit_test::test_suite* suite_;
};

namespace detail
{

template <class Case>
void run_driven(const scheduler_driver& driver)
{
    Case test;
    boost::unit_test::setup_conditional(test);
    test.test_method(driver);
    boost::unit_test::teardown_conditional(test);
}

template <template <class> class Case, class... Kinds>
driven_cases driven_kinds(const char* name, const char* file, std::size_t line,
                          std::type_identity<std::tuple<Kinds...>>)
{
    return {name, file, line, true, {{&typeid(Kinds), &run_driven<Case<Kinds>>}...}};
}

} // namespace detail

} // namespace weft::test

#define WEFT_DRIVEN_TEST_CASE_OVER(case_name, all_drivers)                                                             \
    struct case_name : BOOST_AUTO_TEST_CASE_FIXTURE                                                                    \
    {                                                                                                                  \
        void test_method(const weft::test::scheduler_driver& driver);                                                  \
    };                                                                                                                 \
    BOOST_AUTO_TU_REGISTRAR(case_name)                                                                                 \
    (weft::test::driven_cases(#case_name, __FILE__, __LINE__, all_drivers,                                             \
                              {{&typeid(void), &weft::test::detail::run_driven<case_name>}}),                          \
     boost::unit_test::decorator::collector_t::instance());                                                            \
    void case_name::test_method(const weft::test::scheduler_driver& driver)

/// As BOOST_AUTO_TEST_CASE, once for each way to drive a scheduler, which the body finds as `driver`. It must not assert
/// inside of fibers, because these may run on another thread than the test's.
#define WEFT_DRIVEN_TEST_CASE(case_name) WEFT_DRIVEN_TEST_CASE_OVER(case_name, true)

/// The same for those drivers alone that stay on the test's own thread.
#define WEFT_OWN_THREAD_TEST_CASE(case_name) WEFT_DRIVEN_TEST_CASE_OVER(case_name, false)

/// As BOOST_AUTO_TEST_CASE_TEMPLATE over the std::tuple `Kinds`, each with each driver.
#define WEFT_DRIVEN_TEST_CASE_TEMPLATE(case_name, Kind, Kinds)                                                         \
    template <class Kind>                                                                                              \
    struct case_name : BOOST_AUTO_TEST_CASE_FIXTURE                                                                    \
    {                                                                                                                  \
        void test_method(const weft::test::scheduler_driver& driver);                                                  \
    };                                                                                                                 \
    BOOST_AUTO_TU_REGISTRAR(case_name)                                                                                 \
    (weft::test::detail::driven_kinds<case_name>(#case_name, __FILE__, __LINE__, std::type_identity<Kinds>()),         \
     boost::unit_test::decorator::collector_t::instance());                                                            \
    template <class Kind>                                                                                              \
    void case_name<Kind>::test_method(const weft::test::scheduler_driver& driver)

#endif
