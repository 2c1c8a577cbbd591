//! What can be picked on the page: policies, and requests.

use serde_json::{Value, json};

use crate::places::{Places, Sender};

/// Everything that the page needs to begin with.
pub fn all(places: Places) -> Value {
    let senders = Sender::ALL.map(|sender| places.origin_of(sender));
    json!({
        "origins": {
            "page": senders[0], "loopback": senders[1], "preview": senders[2], "sandbox": senders[3],
            "api": places.api_origin(),
        },
        "policies": policies(places),
        "requests": requests(),
    })
}

/// `request` is one that shows what the policy is about.
pub fn policies(places: Places) -> Value {
    let page = places.page_origin();
    let loopback = places.origin_of(Sender::Loopback);
    let preview = places.origin_of(Sender::Preview).replace("pr-7", "pr-*");
    json!([
        {
            "id": "front-end",
            "name": "One front end, with cookies",
            "about": "The page that you own reads and writes as its signed-in user.",
            "request": "write",
            "fields": {
                "origins": [page],
                "methods": ["PUT", "DELETE"],
                "headers": ["content-type"],
                "expose_headers": ["etag", "x-total-count"],
                "credentials": true,
                "max_age": 7200,
            },
        },
        {
            "id": "public",
            "name": "Public API",
            "about": "Every website may read it, and nobody is signed in.",
            "request": "custom",
            "fields": {
                "origins": ["*"],
                "methods": ["*"],
                "headers": ["*"],
                "expose_headers": ["*"],
                "max_age": 7200,
            },
        },
        {
            "id": "previews",
            "name": "Preview deployments",
            "about": "A wildcard within one label: every preview, and nothing else below that name.",
            "request": "preview",
            "fields": {
                "origins": ["https://app.example.com", preview],
                "methods": ["PUT"],
                "headers": ["content-type"],
                "max_age": 7200,
            },
        },
        {
            "id": "grpc-web",
            "name": "gRPC-Web",
            "about": "What its clients send, and the headers without which they lose the code of an error.",
            "request": "grpc-web",
            "fields": {
                "origins": [page],
                "headers": ["content-type", "grpc-timeout", "x-grpc-web", "x-user-agent"],
                "expose_headers": ["grpc-status", "grpc-message", "grpc-status-details-bin"],
                "max_age": 7200,
            },
        },
        {
            "id": "null",
            "name": "null",
            "about": "Sandboxed frames and redirects have this origin, and so can every website.",
            "request": "sandbox",
            "fields": {
                "origins": ["null"],
                "dangerously_allow_null_origin": true,
                "max_age": 7200,
            },
        },
        {
            "id": "near-miss",
            "name": "Nearly listed",
            "about": "The list has this machine under its other name: a refusal with a near miss.",
            "request": "write",
            "fields": {
                "origins": [loopback],
                "methods": ["PUT"],
                "headers": ["content-type"],
                "credentials": true,
                "max_age": 7200,
            },
        },
        {
            "id": "void",
            "name": "Legal and void",
            "about": "It builds, with warnings: half of it does nothing.",
            "request": "lower-case",
            "fields": {
                "origins": [page, page],
                "methods": ["patch", "TRACE"],
                "headers": ["content-type", "cookie", "access-control-allow-origin"],
                "expose_headers": ["set-cookie"],
                "max_age": 604_800,
            },
        },
        {
            "id": "pasted",
            "name": "Broken: pasted",
            "about": "What people paste from elsewhere. It does not build.",
            "request": "read",
            "fields": {
                "origins": ["https://App.example.com/", "example.com", "https://a.example, https://b.example"],
                "methods": ["PUT,DELETE"],
                "allowed_headers": ["content-type"],
                "max_age": "10m",
            },
        },
        {
            "id": "strangers",
            "name": "Broken: strangers",
            "about": "With cookies, and open to whoever registers a name. It does not build.",
            "request": "cookies",
            "fields": {
                "origins": ["https://*.vercel.app", "http://intranet.example", "null"],
                "credentials": true,
            },
        },
        {
            "id": "any-with-cookies",
            "name": "Broken: any, with cookies",
            "about": "Every website would act as your users. It does not build, in any spelling.",
            "request": "cookies",
            "fields": {
                "origins": ["*"],
                "credentials": true,
            },
        },
    ])
}

pub fn requests() -> Value {
    let json_type = json!([["content-type", "application/json"]]);
    json!([
        { "id": "read", "name": "Read", "method": "GET" },
        { "id": "cookies", "name": "Read as a user", "method": "GET", "credentials": "include" },
        {
            "id": "write", "name": "Write JSON", "method": "PUT",
            "headers": json_type, "credentials": "include", "body": r#"{"name":"tea"}"#,
        },
        { "id": "delete", "name": "Delete", "method": "DELETE" },
        {
            "id": "custom", "name": "Own headers", "method": "GET",
            "headers": [["authorization", "Bearer tea"], ["x-api-version", "2"]],
        },
        {
            "id": "lower-case", "name": "patch in lower case", "method": "patch",
            "headers": json_type, "body": "{}",
        },
        {
            "id": "grpc-web", "name": "gRPC-Web call", "method": "POST", "path": "greet",
            "headers": [["content-type", "application/grpc-web+proto"], ["x-grpc-web", "1"]],
        },
        {
            "id": "preview", "name": "From a preview", "method": "PUT", "sender": "preview",
            "headers": json_type, "body": "{}",
        },
        { "id": "sandbox", "name": "From a sandbox", "method": "GET", "sender": "sandbox" },
        {
            "id": "client-fault", "name": "Fault of the script", "method": "GET",
            "headers": [["access-control-allow-origin", "*"]],
        },
        { "id": "redirect", "name": "Redirect", "method": "GET", "path": "redirect" },
        { "id": "error", "name": "Error 500", "method": "GET", "path": "error" },
    ])
}
