//! A PostgreSQL server of our own, on loopback, in a temporary directory. It ends with the test.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// `nobody`: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65534;

pub struct Server {
    programs: PathBuf,
    directory: PathBuf,
    port: u16,
    running: bool,
    /// The processes that were stopped.
    stopped: Vec<String>,
}

impl Server {
    /// A new server, or `None` where PostgreSQL is not installed, which is said aloud, and is a failure in CI.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let what = "PostgreSQL is not installed (apt-get install postgresql)";
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
            // Past the test harness, which would show it for failures only.
            _ = writeln!(std::io::stderr(), "\n*** {what}: its tests are SKIPPED ***\n");
            return None;
        };
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("tenants-{}-{number}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let mut server = Self { programs, directory, port: free_port(), running: false, stopped: Vec::new() };
        if is_root() {
            chown(&server.directory, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let data = server.data();
        server.run("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]).unwrap();
        // Between the search for a free port and its use somebody else may have taken it.
        let mut attempts = 1;
        while let Err(error) = server.try_start_on(server.port) {
            assert!(attempts < 5, "{error}");
            attempts += 1;
            server.port = free_port();
        }
        Some(server)
    }

    /// Ends the server as if the power failed.
    pub fn kill(&mut self) {
        if self.running {
            self.running = false;
            self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]).unwrap();
        }
    }

    /// Stops it as a broken network would: connections stay, new ones are made, nothing is answered.
    pub fn hang(&mut self) {
        let file = fs::read_to_string(self.directory.join("data/postmaster.pid")).unwrap();
        let main = file.lines().next().unwrap().trim().to_owned();
        // The first cannot make new ones any more when the others are counted.
        signal("STOP", std::slice::from_ref(&main));
        let children = fs::read_to_string(format!("/proc/{main}/task/{main}/children")).unwrap();
        let children: Vec<String> = children.split_whitespace().map(str::to_owned).collect();
        signal("STOP", &children);
        self.stopped = children;
        self.stopped.push(main);
    }

    /// Lets it go on after [`hang`](Self::hang).
    pub fn go_on(&mut self) {
        signal("CONT", &std::mem::take(&mut self.stopped));
    }

    /// Starts it again where it was. Somebody's outgoing connection may have that port for a while.
    pub fn restart(&mut self) {
        let mut attempts = 1;
        while let Err(error) = self.try_start_on(self.port) {
            assert!(attempts < 60, "{error}");
            attempts += 1;
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    /// Starts it again where nobody looks for it, and says where.
    pub fn restart_elsewhere(&mut self) -> PgConnectOptions {
        let port = free_port();
        self.try_start_on(port).unwrap();
        options(port)
    }

    pub fn options(&self) -> PgConnectOptions {
        options(self.port)
    }

    fn try_start_on(&mut self, port: u16) -> Result<(), String> {
        let settings =
            format!("-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off");
        let log = self.directory.join("log").display().to_string();
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-t", "60", "-l", &log, "-o", &settings, "start"])?;
        self.running = true;
        Ok(())
    }

    fn data(&self) -> String {
        self.directory.join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir(&self.directory).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        // Not a pipe: the server would keep it open.
        let output = self.directory.join(format!("{program}.out"));
        let file = fs::File::create(&output).unwrap();
        let status = command.stdout(file.try_clone().unwrap()).stderr(file).status().unwrap();
        if status.success() {
            return Ok(());
        }
        let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        Err(format!("{program}: {status}\n{}\n{log}", fs::read_to_string(output).unwrap_or_default()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.go_on();
        if self.running {
            _ = self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
        }
        _ = fs::remove_dir_all(&self.directory);
    }
}

fn signal(name: &str, processes: &[String]) {
    if !processes.is_empty() {
        _ = Command::new("kill").arg(format!("-{name}")).args(processes).status();
    }
}

fn options(port: u16) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(port).username("postgres").database("postgres")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

/// Where `initdb` and `pg_ctl` are: on the path, or where Debian has them.
fn programs() -> Option<PathBuf> {
    let has_both = |directory: &Path| ["initdb", "pg_ctl"].iter().all(|program| directory.join(program).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    debian.sort();
    std::env::split_paths(&path).chain(debian.into_iter().rev()).find(|directory| has_both(directory))
}
