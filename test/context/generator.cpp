// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/generator.hpp>

#include "fixtures.hpp"
#include "support/allocation_counter.hpp"

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace errc = boost::system::errc;
using weft::generator;
using namespace weft::test;

namespace
{

/// Counts copies and moves, and which of them throws.
struct tracked
{
    struct counts
    {
        int copies = 0;
        int moves = 0;
        int throwing_move = -1; // the number of the move that throws
    };

    tracked(counts& to_count_in, int number) : in(&to_count_in), value(number) {}
    tracked(const tracked& other) : in(other.in), value(other.value)
    {
        ++in->copies;
    }
    tracked(tracked&& other) : in(other.in), value(other.value) // NOLINT(performance-noexcept-move-constructor)
    {
        if (++in->moves == in->throwing_move)
        {
            throw expected_error("does not move");
        }
        other.value = -1;
    }
    tracked& operator=(const tracked&) = delete;
    ~tracked() = default;

    counts* in;
    int value;
};

struct alignas(128) wide
{
    explicit wide(int number) : value(number), aligned(reinterpret_cast<std::uintptr_t>(this) % 128 == 0) {}
    wide(wide&& other) noexcept
        : value(other.value), aligned(other.aligned && reinterpret_cast<std::uintptr_t>(this) % 128 == 0)
    {
    }

    int value;
    bool aligned; // in each place where it has been
};

static_assert(!std::is_copy_constructible_v<generator<int>> && std::is_nothrow_move_constructible_v<generator<int>>);
static_assert(std::is_nothrow_move_assignable_v<generator<int, int>>);
static_assert(sizeof(generator<std::string, std::string>) == sizeof(void*));
static_assert(std::is_same_v<generator<int>::result_type, std::optional<int>>);
static_assert(std::is_same_v<generator<void, int>::result_type, bool>);

} // namespace

BOOST_FIXTURE_TEST_SUITE(generator_values, recorder)

BOOST_AUTO_TEST_CASE(F1_the_first_input_reaches_the_body_and_each_next_one_its_yield)
{
    generator<std::string, int> echo([this](auto& yield, int in) {
        for (;;)
        {
            note("got " + std::to_string(in));
            if (in == 0)
            {
                return;
            }
            in = yield.suspend("<" + std::to_string(in) + ">");
        }
    });
    for (const int in : {7, 8, 0, 9})
    {
        note("send " + std::to_string(in));
        note(echo.resume(in).value_or("nothing"));
    }
    BOOST_TEST((steps == sequence{"send 7", "got 7", "<7>", "send 8", "got 8", "<8>", "send 0", "got 0", "nothing",
                                  "send 9", "nothing"}));
}

BOOST_AUTO_TEST_CASE(F1_without_output_it_is_a_sink)
{
    std::vector<int> seen;
    generator<void, int> sink([&seen](generator<void, int>::yielder& next, int in) {
        for (; in >= 0; in = next())
        {
            seen.push_back(in);
        }
    });
    BOOST_TEST(sink.resume(1));
    BOOST_TEST(sink.resume(2));
    BOOST_TEST(!sink.resume(-1));
    BOOST_TEST(!sink.resume(3));
    BOOST_TEST((seen == std::vector<int>{1, 2}));
}

BOOST_AUTO_TEST_CASE(F1_without_both_it_takes_turns)
{
    generator<void> other([this](auto& yield) {
        note("one");
        yield();
        note("two");
    });
    BOOST_TEST(other.resume());
    note("between");
    BOOST_TEST(!other.resume());
    BOOST_TEST((steps == sequence{"one", "between", "two"}));
}

BOOST_AUTO_TEST_CASE(move_only_values_pass_both_ways)
{
    using pointer = std::unique_ptr<int>;
    generator<pointer, pointer> successor([](auto& yield, pointer in) {
        while (in)
        {
            ++*in;
            in = yield(std::move(in));
        }
    });
    pointer value = std::make_unique<int>(1);
    const int* const place = value.get();
    for (int i = 2; i != 5; ++i)
    {
        value = std::move(*successor.resume(std::move(value)));
        BOOST_TEST(*value == i);
    }
    BOOST_TEST(value.get() == place);
    BOOST_TEST((successor.resume(nullptr) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(each_value_is_moved_once_and_never_copied)
{
    tracked::counts in;
    tracked::counts out;
    generator<tracked, tracked> both([&](auto& yield, tracked&& first) {
        BOOST_TEST(in.moves == 1); // into the temporary that the body refers to
        const tracked second = yield(tracked(out, first.value + 1));
        BOOST_TEST(in.moves == 2);
        yield.suspend(tracked(out, second.value + 1));
    });
    BOOST_TEST(both.resume(tracked(in, 10))->value == 11);
    BOOST_TEST(out.moves == 1);
    BOOST_TEST(both.resume(tracked(in, 20))->value == 21);
    BOOST_TEST(out.moves == 2);
    BOOST_TEST(in.copies + out.copies == 0);
}

BOOST_AUTO_TEST_CASE(references_are_passed_as_such)
{
    std::string text = "a";
    const std::string kept = "kept";
    generator<std::string&, const std::string&> same([](auto& yield, const std::string& first) {
        std::string own = first;
        const std::string& next = yield(own);
        own += &next == &first ? "same" : "other";
        yield(own);
    });
    std::string& seen = *same.resume(kept);
    seen += "!";
    BOOST_TEST(&same.resume(kept)->get() == &seen);
    BOOST_TEST(seen == "kept!same");
    BOOST_TEST((same.resume(text) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(over_aligned_values_stay_aligned)
{
    generator<wide, wide> next([](auto& yield, const wide& first) {
        for (bool aligned = first.aligned;;)
        {
            const wide in = yield(wide(aligned ? 1 : 0));
            aligned = in.aligned;
        }
    });
    for (int i = 0; i != 3; ++i)
    {
        const auto out = next.resume(wide(i));
        BOOST_TEST((out->value == 1 && out->aligned));
    }
}

BOOST_AUTO_TEST_CASE(a_move_that_throws_comes_out_on_the_side_that_takes_the_value)
{
    tracked::counts in;
    tracked::counts out;
    generator<tracked, tracked> both([&, this](auto& yield, const tracked& first) {
        for (int value = first.value;;)
        {
            try
            {
                value = yield(tracked(out, value)).value;
            }
            catch (const expected_error&)
            {
                note("body");
                value = 0;
            }
        }
    });
    BOOST_TEST(both.resume(tracked(in, 1))->value == 1);
    in.throwing_move = in.moves + 1;
    BOOST_TEST(both.resume(tracked(in, 2))->value == 0);
    out.throwing_move = out.moves + 1;
    BOOST_CHECK_THROW(both.resume(tracked(in, 3)), expected_error);
    BOOST_TEST(!both.done());
    BOOST_TEST(both.resume(tracked(in, 4))->value == 4);
    BOOST_TEST((steps == sequence{"body"}));

    in.throwing_move = in.moves + 1;
    generator<tracked, tracked> first([](auto&, const tracked&) {});
    BOOST_CHECK_THROW(first.resume(tracked(in, 5)), expected_error);
    BOOST_TEST(first.done());
}

BOOST_AUTO_TEST_CASE(nothing_of_a_pass_is_on_the_heap)
{
    const own_memory<> memory;
    std::uint64_t sum = 0;
    const auto before = weft::test::allocation_count();
    {
        generator<std::array<std::uint64_t, 32>, std::array<std::uint64_t, 32>> big(
            memory.where(), [](auto& yield, std::array<std::uint64_t, 32> values) {
                for (;;)
                {
                    ++values.back();
                    values = yield(values);
                }
            });
        std::array<std::uint64_t, 32> values{};
        for (int i = 0; i != 100; ++i)
        {
            values = *big.resume(values);
        }
        sum = values.back();
    }
    BOOST_TEST(weft::test::allocation_count() - before == 0U);
    BOOST_TEST(sum == 100U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(generator_handle, recorder)

BOOST_AUTO_TEST_CASE(F3_done_after_the_body_has_returned_and_not_before)
{
    generator<int> two([](auto& yield) {
        yield(1);
        yield(2);
    });
    BOOST_TEST(!two.done());
    two.resume();
    two.resume();
    BOOST_TEST((!two.done() && two));
    BOOST_TEST((two.resume() == std::nullopt));
    BOOST_TEST((two.done() && !two));
    BOOST_TEST((two.resume() == std::nullopt));
    BOOST_TEST((generator<int>().done() && !generator<int>()));
}

BOOST_AUTO_TEST_CASE(F6_moved_between_resumptions)
{
    const auto count = [](auto& yield) {
        for (int i = 0;; ++i)
        {
            yield(i);
        }
    };
    generator<int> first(count);
    generator<int> second(std::move(first)); // before it has begun
    BOOST_TEST(*second.resume() == 0);
    std::vector<generator<int>> many;
    many.push_back(std::move(second));
    BOOST_TEST(*many.back().resume() == 1);
    many.reserve(many.capacity() + 1);
    BOOST_TEST(*many.back().resume() == 2);
    generator<int> third(count);
    third.resume();
    swap(third, many.back());
    BOOST_TEST(*third.resume() == 3);
    BOOST_TEST(*many.back().resume() == 1);
    third = std::move(many.back());
    BOOST_TEST(*third.resume() == 2);
    BOOST_TEST(many.back().done());
    const auto text = failure_of([&many] { many.back().resume(); }, errc::invalid_argument);
    BOOST_TEST(text.find("empty generator") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(resumed_on_one_thread_after_the_other)
{
    generator<int, int> sum([](auto& yield, int in) {
        for (int all = 0;;)
        {
            all += in;
            try
            {
                throw expected_error("own");
            }
            catch (const expected_error&)
            {
                in = yield(all); // its exception goes along
            }
        }
    });
    int seen = 0;
    for (int i = 1; i <= 10; ++i)
    {
        std::thread([&] {
            seen = *sum.resume(i);
            seen += std::current_exception() != nullptr ? 1000 : 0;
        }).join();
    }
    BOOST_TEST(seen == 55);
}

BOOST_AUTO_TEST_CASE(resumed_by_its_own_body_is_refused)
{
    generator<int> self;
    self = generator<int>([&self](auto& yield) {
        yield(static_cast<int>(failure_of([&self] { self.resume(); }, errc::device_or_resource_busy).size()));
        yield(static_cast<int>(failure_of([&self] { self.release_stack(); }, errc::device_or_resource_busy).size()));
    });
    BOOST_TEST(*self.resume() > 0);
    BOOST_TEST(*self.resume() > 0);
    BOOST_TEST(!self.resume());
}

BOOST_AUTO_TEST_CASE(a_yielder_used_from_outside_is_refused)
{
    generator<int>::yielder* leaked = nullptr;
    generator<int> victim([&leaked](auto& yield) {
        leaked = &yield;
        yield(1);
    });
    victim.resume();
    failure_of([leaked] { leaked->suspend(2); }, errc::operation_not_permitted);
    BOOST_TEST(!victim.resume());
}

BOOST_AUTO_TEST_CASE(errno_is_the_bodys_own)
{
    std::vector<int> seen;
    generator<void> other([&seen](auto& yield) {
        seen.push_back(errno);
        errno = EAGAIN;
        yield();
        seen.push_back(errno);
        errno = ENOENT;
    });
    errno = EPIPE;
    other.resume();
    const int after_first = errno;
    errno = EINTR;
    other.resume();
    const int after_second = errno;
    BOOST_TEST(after_first == EPIPE);
    BOOST_TEST(after_second == EINTR);
    BOOST_TEST((seen == std::vector<int>{0, EAGAIN}));
}

BOOST_AUTO_TEST_SUITE_END()
