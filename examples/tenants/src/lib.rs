//! Allowed origins of many tenants in a database: the parts. How to run them stands in `main.rs`.

pub mod app;
pub mod postgres;
pub mod reports;
pub mod rows;
pub mod sqlite;
