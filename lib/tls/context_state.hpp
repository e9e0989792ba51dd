// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_TLS_CONTEXT_STATE_HPP
#define WEFT_LIB_TLS_CONTEXT_STATE_HPP

#include <weft/tls/context.hpp>

#include <boost/asio/ssl/context.hpp>

#include <string>

namespace weft::tls::detail
{

class context_state
{
public:
    explicit context_state(boost::asio::ssl::context::method method);

    void use(const identity& own);
    void trust(const std::string& authorities);
    void offer(const std::vector<std::string>& protocols);
    void select_from(const std::vector<std::string>& protocols);

    boost::asio::ssl::context native;
    std::string protocols; ///< as ALPN writes them, each behind its length
};

} // namespace weft::tls::detail

#endif
