// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Visits a site, page by page, along its links: a fixed number of workers take addresses from a queue and put back what
// they find, each over a connection that it keeps. Every page has a time of its own and all have one together, so that
// neither a slow page nor an endless site holds it up. Without arguments it visits a site of its own that has both.
//
//     crawler [http://host:port/path [workers]]

#include <weft/weft.hpp>

#include "http/client.hpp"
#include "http/session.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace
{

struct address
{
    std::string host;
    std::string port;
    std::string path;
};

address parse_address(std::string_view text)
{
    constexpr std::string_view scheme = "http://";
    if (!text.starts_with(scheme))
    {
        throw std::invalid_argument("an address begins with http://");
    }
    text.remove_prefix(scheme.size());
    const auto path = std::min(text.find('/'), text.size());
    const auto port = text.substr(0, path).rfind(':');
    return {std::string(text.substr(0, std::min(port, path))),
            port < path ? std::string(text.substr(port + 1, path - port - 1)) : "80",
            path < text.size() ? std::string(text.substr(path)) : "/"};
}

/// Calls `found` for each link of a page that stays on its site.
void find_links(std::string_view page, const std::string& where, const std::function<void(std::string)>& found)
{
    constexpr std::string_view mark = "href=\"";
    const auto folder = where.substr(0, where.rfind('/') + 1);
    for (auto at = page.find(mark); at != page.npos; at = page.find(mark, at))
    {
        at += mark.size();
        auto link = page.substr(at, std::min(page.find_first_of("\"#", at), page.size()) - at);
        link.remove_prefix(link.starts_with("./") ? 2 : 0);
        const bool is_elsewhere = link.starts_with("//") || link.find(':') != link.npos;
        if (link.empty() || is_elsewhere || link.find("..") != link.npos)
        {
            continue;
        }
        found(link.starts_with('/') ? std::string(link) : folder + std::string(link));
    }
}

/// Its fibers share one thread, so it needs no lock.
class crawl
{
public:
    explicit crawl(address start) : start_(std::move(start))
    {
        visit(start_.path);
    }

    /// What became of each page.
    const std::map<std::string, std::string>& run(int workers)
    {
        weft::fiber_group group;
        for (int i = 0; i < workers; ++i)
        {
            group.spawn([this] { work(); });
        }
        group.join();
        return pages_;
    }

private:
    static constexpr std::size_t most_pages = 100;
    static constexpr auto time_per_page = 2s;

    void visit(const std::string& path)
    {
        if (pages_.size() < most_pages && pages_.try_emplace(path, "not visited").second)
        {
            ++open_;
            to_do_.push(path);
        }
    }

    void work()
    {
        std::unique_ptr<example::http_client> server;
        for (const auto& path : to_do_)
        {
            try
            {
                const weft::deadline limit(time_per_page);
                if (!server)
                {
                    server = std::make_unique<example::http_client>(
                        weft::any_stream(weft::tcp::connect(start_.host, start_.port)), start_.host);
                }
                const auto page = server->get(path);
                pages_[path] = std::to_string(page.result_int()) + ", " + std::to_string(page.body().size()) + " bytes";
                find_links(page.body(), path, [this](const std::string& link) { visit(link); });
                if (!page.keep_alive())
                {
                    server.reset();
                }
            }
            catch (const boost::system::system_error& error)
            {
                pages_[path] = error.code().message();
                server.reset();
                weft::this_fiber::cancellation_point();
            }
            if (--open_ == 0)
            {
                to_do_.close();
            }
        }
    }

    const address start_;
    std::map<std::string, std::string> pages_;
    weft::blocking_queue<std::string> to_do_;
    int open_ = 0; ///< pages in the queue or under way
};

void show(const std::map<std::string, std::string>& pages)
{
    std::size_t numbered = 0;
    for (const auto& [path, outcome] : pages)
    {
        if (path.starts_with("/numbers/"))
        {
            ++numbered;
        }
        else
        {
            std::cout << path << ": " << outcome << '\n';
        }
    }
    if (numbered != 0)
    {
        std::cout << "and " << numbered << " numbers\n";
    }
}

/// Some pages, one that takes too long, and numbers without end.
class own_site
{
public:
    void answer(example::http_exchange& exchange)
    {
        ++visitors_;
        most_visitors_ = std::max(visitors_, most_visitors_);
        weft::this_fiber::sleep_for(5ms);
        const std::string path(exchange.asked().target());
        if (path == "/slow")
        {
            weft::this_fiber::sleep_for(60s);
        }
        --visitors_;
        if (path.starts_with("/numbers/"))
        {
            const auto number = std::stoi(path.substr(path.rfind('/') + 1));
            exchange.send(http::status::ok, "text/html",
                          "<a href=\"" + std::to_string(2 * number) + "\">, <a href=\"./" +
                              std::to_string(2 * number + 1) + "\">");
            return;
        }
        const auto page = pages_.find(path);
        page == pages_.end() ? exchange.send(http::status::not_found)
                             : exchange.send(http::status::ok, "text/html", page->second);
    }

    int most_visitors() const noexcept
    {
        return most_visitors_;
    }

private:
    const std::map<std::string, std::string> pages_{
        {"/", R"(<a href="/slow">, <a href="about#us">, <a href="/missing">, <a href="numbers/1">)"},
        {"/about", R"(<a href="/">, <a href="http://elsewhere.test/">, <a href="//elsewhere.test">)"},
    };
    int visitors_ = 0;
    int most_visitors_ = 0;
};

void visit_own_site()
{
    constexpr int workers = 5;
    own_site site;
    weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
    const weft::jfiber server([&] {
        weft::serve(acceptor, [&](weft::tcp::socket peer, const std::stop_token& stopping) {
            example::converse(peer, {}, [&](example::http_exchange& exchange) { site.answer(exchange); }, stopping);
        });
    });
    show(crawl({"127.0.0.1", std::to_string(acceptor.local_endpoint().port()), "/"}).run(workers));
    std::cout << (site.most_visitors() <= workers ? "never" : "once") << " more than " << workers << " at a time\n";
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        return weft::run([&] {
            const weft::deadline limit(30s);
            argc < 2 ? visit_own_site() : show(crawl(parse_address(argv[1])).run(argc > 2 ? std::stoi(argv[2]) : 5));
        });
    }
    catch (const std::exception& error)
    {
        std::cerr << "crawler: " << error.what() << '\n';
        return 1;
    }
}
