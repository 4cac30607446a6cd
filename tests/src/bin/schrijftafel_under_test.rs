//! The whole `schrijftafel` program, built with the tests so that they run it as a process of its own.

fn main() -> std::process::ExitCode {
    schrijftafel_server::cli::main()
}
