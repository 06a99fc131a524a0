//! The page works under any path of a host, and beside other Warrens there.

use proptest::prelude::*;
use warren_frontend::ui::folder::{folder, own_key, socket_address};

#[test]
fn the_socket_is_beside_the_page() {
    for (protocol, host, path, address) in [
        ("http:", "127.0.0.1:8080", "/", "ws://127.0.0.1:8080/ws"),
        ("http:", "[::1]:8080", "/index.html", "ws://[::1]:8080/ws"),
        ("https:", "tools.example", "/warren/", "wss://tools.example/warren/ws"),
        ("https:", "tools.example", "/a/b/index.html", "wss://tools.example/a/b/ws"),
        ("https:", "tools.example", "", "wss://tools.example/ws"),
    ] {
        assert_eq!(socket_address(protocol, host, path), address);
    }
}

#[test]
fn at_the_root_keys_are_as_they_always_were() {
    assert_eq!(own_key(folder("/"), "warren.theme"), "warren.theme");
    assert_eq!(own_key(folder("/index.html"), "warren.theme"), "warren.theme");
}

proptest! {
    /// `warren.mode.` is followed by the name of a queue, which may be anything.
    #[test]
    fn keys_of_two_folders_never_meet(
        one in "/([a-z.]{1,3}/){0,2}",
        other in "/([a-z.]{1,3}/){0,2}",
        key in "warren\\.[a-z. /]{0,9}",
        other_key in "warren\\.[a-z. /]{0,9}",
    ) {
        let same = own_key(&one, &key) == own_key(&other, &other_key);
        prop_assert_eq!(same, one == other && key == other_key);
    }
}
