//! The cache of compiled documents.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::ContentCache;

fn get(cache: &ContentCache<String>, text: &str) -> String {
    let made = cache.get_or_compile(text.as_bytes(), || Ok::<_, ()>((format!("<{text}>"), 10)));
    made.unwrap().as_ref().clone()
}

#[test]
fn the_least_recently_used_text_goes_first() {
    let cache = ContentCache::new(3);
    for text in ["a", "b", "c", "a", "d"] {
        assert_eq!(get(&cache, text), format!("<{text}>"));
    }
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses, stats.evictions, stats.entries), (1, 4, 1, 3));
    assert_eq!(stats.bytes, 3 * 11);
    // `b` was the oldest; `a` had been used again.
    for (text, hits) in [("a", 2), ("c", 3), ("d", 4), ("b", 4)] {
        get(&cache, text);
        assert_eq!(cache.stats().hits, hits, "{text}");
    }
    cache.clear();
    assert_eq!((cache.stats().entries, cache.stats().bytes), (0, 0));
    assert_eq!(ContentCache::<()>::default().stats(), super::super::CacheStats::default());
}

#[test]
fn failures_are_not_kept_and_no_capacity_keeps_nothing() {
    let cache: ContentCache<()> = ContentCache::new(2);
    assert_eq!(cache.get_or_compile(b"x", || Err("no")), Err("no"));
    assert!(cache.get_or_compile(b"x", || Ok::<_, ()>(((), 0))).is_ok());
    assert_eq!((cache.stats().failures, cache.stats().misses, cache.stats().entries), (1, 2, 1));
    let none = ContentCache::new(0);
    assert_eq!((get(&none, "x"), get(&none, "x")), ("<x>".to_owned(), "<x>".to_owned()));
    assert_eq!((none.stats().hits, none.stats().entries), (0, 0));
}

#[test]
fn texts_that_differ_anywhere_are_told_apart() {
    let cache = ContentCache::new(10_000);
    let base = vec![b'x'; 200];
    for length in [0, 1, 7, 8, 63, 64, 65, 128, 200] {
        for at in 0..length {
            let mut text = base[..length].to_vec();
            text[at] = b'y';
            let made = cache.get_or_compile(&text, || Ok::<_, ()>((text.clone(), 0))).unwrap();
            assert_eq!(*made, text);
        }
    }
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.evictions), (0, 0), "hashes collide");
}

#[test]
fn threads_share_one_artefact() {
    let cache: ContentCache<usize> = ContentCache::new(4);
    let made = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..2000usize {
                    let text = (n % 4).to_string();
                    let got = cache.get_or_compile(text.as_bytes(), || {
                        made.fetch_add(1, Ordering::Relaxed);
                        Ok::<_, ()>((n % 4, 1))
                    });
                    assert_eq!(*got.unwrap(), n % 4);
                }
            });
        }
    });
    let stats = cache.stats();
    assert_eq!(stats.hits + stats.misses, 8000);
    assert_eq!(stats.misses as usize, made.load(Ordering::Relaxed));
    assert!(stats.misses <= 16 && stats.entries == 4, "{stats:?}");
}
