//! Whatever is changed in a backup is found, and its file named.

use super::*;
use crate::backup::manifest;

fn made() -> TempDir {
    let (log, to) = (memory(60), TempDir::new().unwrap());
    log.erase(PLAN, Position(7), Extent::Payload).unwrap();
    back_up(&log, &people(), to.path()).unwrap();
    append(&log, PLAN, 60..90);
    back_up(&log, &people(), to.path()).unwrap();
    to
}

#[test]
fn any_flipped_bit_is_found_and_its_file_named() {
    let to = made();
    for (name, bytes) in files_in(to.path()) {
        let path = to.path().join(&name);
        let step = (bytes.len() / 60).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let mut bent = bytes.clone();
            bent[at] ^= 1 << (at % 8);
            std::fs::write(&path, &bent).unwrap();
            let found = verify::verify(to.path());
            let named = match &found {
                Err(BackupError::Damaged { file, .. }) => *file == name,
                // A version number that became a higher one.
                Err(BackupError::Newer { .. }) => name == manifest::NAME,
                // Spaces between the members of the manifest say nothing.
                Ok(_) => name == manifest::NAME && bytes[at].is_ascii_whitespace(),
                Err(_) => false,
            };
            assert!(named, "{name}, byte {at}: {found:?}");
        }
        std::fs::write(&path, &bytes).unwrap();
    }
    verify::verify(to.path()).unwrap();
}

#[test]
fn a_file_cut_off_grown_gone_or_in_the_place_of_another_is_found() {
    let to = made();
    let files = files_in(to.path());
    let records: Vec<_> = files
        .iter()
        .filter(|(name, _)| name.ends_with(".records"))
        .collect();
    let (name, bytes) = records[0];
    let path = to.path().join(name);
    let spoiled: [Option<Vec<u8>>; 4] = [
        Some(bytes[..bytes.len() - 1].to_vec()),
        Some([bytes.as_slice(), b"x"].concat()),
        None,
        Some(records[1].1.clone()),
    ];
    for content in spoiled {
        match &content {
            Some(content) => std::fs::write(&path, content).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        let found = verify::verify(to.path());
        assert!(
            matches!(&found, Err(BackupError::Damaged { file, .. }) if file == name),
            "{found:?}"
        );
        let said = found.unwrap_err().to_string();
        assert!(said.contains("Take another copy"), "{said}");
    }
    // A run that finds a file gone writes it again.
    std::fs::remove_file(&path).unwrap();
    let mut manifest = Manifest::read(to.path()).unwrap();
    manifest.plans[0].files.swap(0, 1);
    std::fs::write(&path, bytes).unwrap();
    manifest.write(to.path()).unwrap();
    let found = verify::verify(to.path());
    assert!(matches!(found, Err(BackupError::Damaged { .. })), "{found:?}");
}

#[test]
fn what_a_newer_program_made_is_left_to_it() {
    let to = made();
    let good = Manifest::read(to.path()).unwrap();
    for (format, program) in [
        (good.format + 1, "0.1.0"),
        (good.format, "99.0.0"),
        (good.format, "0.1.1"),
    ] {
        let newer = Manifest {
            format,
            program: program.to_owned(),
            ..good.clone()
        };
        newer.write(to.path()).unwrap();
        let refused = verify::verify(to.path());
        assert!(matches!(refused, Err(BackupError::Newer { .. })), "{refused:?}");
    }
    let older = Manifest {
        program: "0.0.9".to_owned(),
        ..good
    };
    older.write(to.path()).unwrap();
    verify::verify(to.path()).unwrap();
    let nothing = TempDir::new().unwrap();
    assert!(matches!(
        verify::verify(nothing.path()),
        Err(BackupError::NoBackup(_))
    ));
}
