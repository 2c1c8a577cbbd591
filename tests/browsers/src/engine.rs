//! The browsers: where they are, how each is started without a window, and how it is ended.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

impl Engine {
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKitGTK",
        }
    }

    /// The same engine in the model.
    pub fn model(self) -> tower_cors::browser::Engine {
        match self {
            Self::Chromium => tower_cors::browser::Engine::Chromium,
            Self::Firefox => tower_cors::browser::Engine::Firefox,
            Self::WebKit => tower_cors::browser::Engine::WebKit,
        }
    }

    /// Whether a WebSocket over TLS is a stream of an HTTP/2 connection, where the server offers that (RFC 8441).
    pub fn opens_sockets_over_http2(self) -> bool {
        self != Self::WebKit
    }

    /// What Debian calls what is needed to run it.
    pub fn packages(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox-esr libnss3-tools",
            Self::WebKit => "webkit2gtk-driver xvfb xauth",
        }
    }

    /// The program, and all that its start needs.
    pub fn find(self) -> Option<PathBuf> {
        match self {
            Self::Chromium => in_path("chromium").or_else(|| in_path("google-chrome")),
            Self::Firefox => in_path("certutil").and_then(|_| in_path("firefox-esr").or_else(|| in_path("firefox"))),
            Self::WebKit => {
                let has_display = ["xvfb-run", "Xvfb", "xauth"].into_iter().all(|program| in_path(program).is_some());
                let libraries = fs::read_dir("/usr/lib").ok().filter(|_| has_display)?;
                let directories = libraries.filter_map(Result::ok).map(|entry| entry.path());
                directories.map(|one| one.join("webkit2gtk-4.1/MiniBrowser")).find(|file| file.is_file())
            }
        }
    }

    pub fn version(self) -> Option<String> {
        let program = self.find()?;
        let mut command = match self {
            // It tells nothing without a display.
            Self::WebKit => {
                let mut command = Command::new("xvfb-run");
                command.arg("-a").arg(program);
                command
            }
            Self::Chromium | Self::Firefox => Command::new(program),
        };
        let output = command.arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let version = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        Some(version.to_owned())
    }

    /// Opens a page. `authority` is the certificate, as a PEM file, of whoever signed those of the servers.
    pub fn open(self, url: &str, authority: &Path) -> std::io::Result<Running> {
        let program = self.find().ok_or_else(|| std::io::Error::other(format!("{} is not installed", self.name())))?;
        let home = tempfile::Builder::new().prefix("browser-").tempdir()?;
        let mut command = match self {
            Self::Chromium => {
                let mut command = Command::new(program);
                command.args([
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--disable-dev-shm-usage",
                    "--ignore-certificate-errors",
                ]);
                command.arg(format!("--user-data-dir={}", home.path().display()));
                command
            }
            Self::Firefox => {
                fs::write(home.path().join("user.js"), FIREFOX_PREFERENCES)?;
                let store = format!("sql:{}", home.path().display());
                certutil(&["-N", "-d", &store, "--empty-password"])?;
                certutil(&["-A", "-d", &store, "-t", "C,,", "-n", "test", "-i", &authority.display().to_string()])?;
                let mut command = Command::new(program);
                command.env("MOZ_HEADLESS", "1").args(["--no-remote", "--profile"]).arg(home.path());
                command
            }
            Self::WebKit => {
                let mut command = Command::new("xvfb-run");
                command
                    .args(["-a", "-s", "-screen 0 1280x1024x24"])
                    .arg(program)
                    .arg("--ignore-tls-errors")
                    .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
                    .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
                command
            }
        };
        command
            .arg(url)
            .env("HOME", home.path())
            .env("XDG_CACHE_HOME", home.path())
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        Ok(Running { child: command.spawn()?, _home: home })
    }
}

const FIREFOX_PREFERENCES: &str = r#"
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("app.update.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("services.settings.server", "data:,");
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.dns.disablePrefetch", true);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("dom.push.connection.enabled", false);
"#;

/// A program that is installed.
pub(crate) fn in_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}

fn certutil(arguments: &[&str]) -> std::io::Result<()> {
    let output = Command::new("certutil").args(arguments).stdin(Stdio::null()).output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(std::io::Error::other(format!("certutil: {}", String::from_utf8_lossy(&output.stderr))))
    }
}

/// A browser, ended with all its processes when this is dropped.
pub struct Running {
    child: Child,
    _home: TempDir,
}

impl Running {
    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The group is the browser's own: its leader was started with a group of its id.
        let group = format!("-{}", self.child.id());
        for signal in ["-TERM", "-KILL"] {
            let _ = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        let _ = self.child.wait();
    }
}
