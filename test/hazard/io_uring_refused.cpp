// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H15: containers refuse system calls that the kernel has, with EPERM or ENOSYS. Files go another way then, and do the
// same. The filter refuses io_uring, and the attempts at the page cache.

#include "io/support_file_body.hpp"
#include "io/support_io.hpp"
#include "support/child_process.hpp"
#include "support/sanitized.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

using weft::test::require_in_child;
using weft::test::run_in_child;

namespace
{

/// For the child, and all its threads from now on.
[[maybe_unused]] void refuse_calls(unsigned with)
{
    const auto load_number = sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)};
    const auto skip_unless = [](unsigned number) { return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number}; };
    const auto refuse = sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | with};
    const auto allow = sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    std::array program{load_number, skip_unless(SYS_io_uring_setup), refuse, skip_unless(SYS_preadv2),
                       refuse,      skip_unless(SYS_pwritev2),       refuse, allow};
    const sock_fprog all{static_cast<unsigned short>(program.size()), program.data()};
    require_in_child(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
    require_in_child(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0, "the filter");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(io_uring_refused, weft::test::fresh_directory)

BOOST_DATA_TEST_CASE(H15_files_go_another_way, boost::unit_test::data::make({EPERM, ENOSYS}), refusal)
{
#if defined(WEFT_TSAN)
    static_cast<void>(refusal);
    std::puts("skipped: ThreadSanitizer has no threads after a fork");
#else
    const auto result = run_in_child([this, refusal = refusal] {
        refuse_calls(static_cast<unsigned>(refusal));
        errno = 0;
        require_in_child(::syscall(SYS_io_uring_setup, 1, nullptr) == -1 && errno == refusal, "the filter works");
        const auto before = weft::detail::file_roads_taken();
        weft::run([this] { weft::test::use_reads_and_writes(*this / "file"); });
        require_in_child(weft::detail::file_roads_taken().pool > before.pool + 20, "all by the pool");
        require_in_child(weft::detail::file_roads_taken().io_uring == before.io_uring, "nothing by io_uring");
        const auto id = boost::unit_test::framework::current_test_case().p_id;
        require_in_child(boost::unit_test::results_collector.results(id).p_assertions_failed == 0, "all the same");
    });
    BOOST_TEST(result.exited_with(0), result.errors);
#endif
}

BOOST_AUTO_TEST_SUITE_END()
