//! The `schrijftafel` command.

fn main() -> std::process::ExitCode {
    schrijftafel_server::cli::main()
}
