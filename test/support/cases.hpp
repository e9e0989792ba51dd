// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_CASES_HPP
#define WEFT_TEST_SUPPORT_CASES_HPP

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <initializer_list>
#include <list>
#include <string>
#include <typeinfo>

// Boost.Test's own macros expand each case to code that formats five checkpoints, and each type of a template to code that
// formats its name: half of what a compiler has to do for a small case. Here they are defined anew, with the same names
// of cases and the same meaning, so that this work is done once, in cases.cpp. It is part of the tests' precompiled header,
// and so in front of all of them; without it they mean the same.
namespace weft::test
{

/// `<type>`, as it stands in the name of a case.
std::string in_brackets(const std::type_info& type);

namespace detail
{

/// What Boost.Test names when a case dies before its first assertion.
void enter_case(const char* name, const char* file, std::size_t line);

template <class Case>
void run_case()
{
    Case test;
    boost::unit_test::setup_conditional(test);
    test.test_method();
    boost::unit_test::teardown_conditional(test);
}

/// The cases of a template.
class typed_cases final : public boost::unit_test::test_unit_generator
{
public:
    struct body
    {
        const std::type_info& type;
        void (*run)();
    };

    typed_cases(const char* name, const char* file, std::size_t line, std::initializer_list<body> bodies);

    boost::unit_test::test_unit* next() const override;

private:
    mutable std::list<boost::unit_test::test_unit*> cases_;
};

template <template <class> class Case, class Types>
struct make_typed_cases;

template <template <class> class Case, template <class...> class List, class... Types>
struct make_typed_cases<Case, List<Types...>>
{
    static typed_cases of(const char* name, const char* file, std::size_t line)
    {
        return {name, file, line, {{typeid(Types), &run_case<Case<Types>>}...}};
    }
};

} // namespace detail

} // namespace weft::test

#undef BOOST_FIXTURE_TEST_CASE_WITH_DECOR
#define BOOST_FIXTURE_TEST_CASE_WITH_DECOR(test_name, F, decorators)                                                   \
    struct test_name : public F                                                                                        \
    {                                                                                                                  \
        void test_method();                                                                                            \
    };                                                                                                                 \
    static void BOOST_AUTO_TC_INVOKER(test_name)()                                                                     \
    {                                                                                                                  \
        weft::test::detail::enter_case(#test_name, __FILE__, __LINE__);                                                \
        weft::test::detail::run_case<test_name>();                                                                     \
    }                                                                                                                  \
    struct BOOST_AUTO_TC_UNIQUE_ID(test_name)                                                                          \
    {};                                                                                                                \
    BOOST_AUTO_TU_REGISTRAR(test_name)                                                                                 \
    (boost::unit_test::make_test_case(&BOOST_AUTO_TC_INVOKER(test_name), #test_name, __FILE__, __LINE__), decorators); \
    void test_name::test_method()

#undef BOOST_FIXTURE_TEST_CASE_TEMPLATE
#define BOOST_FIXTURE_TEST_CASE_TEMPLATE(test_name, type_name, TL, F)                                                  \
    template <typename type_name>                                                                                      \
    struct test_name : public F                                                                                        \
    {                                                                                                                  \
        void test_method();                                                                                            \
    };                                                                                                                 \
    BOOST_AUTO_TU_REGISTRAR(test_name)                                                                                 \
    (weft::test::detail::make_typed_cases<test_name, TL>::of(#test_name, __FILE__, __LINE__),                          \
     boost::unit_test::decorator::collector_t::instance());                                                            \
    template <typename type_name>                                                                                      \
    void test_name<type_name>::test_method()

#endif
