//! What is said of a file before anything of it is sent, in both languages.

use warren_frontend::{
    send::{
        replay::{
            Found, LineError, LineWrong, MAX_NAMES, MAX_SHOWN, Mistake, Pace, PlanForm, Preview,
            Progress, Stopped, Survey,
        },
        run::{self, Phase},
        saved::MAX_NAME,
    },
    ui::{language::Language, visible::MAX_NAME_CHARS},
};

use crate::{
    languages::assert_words,
    replay::{all_sent, bodies, found},
};

fn offered() -> Vec<String> {
    vec!["hello".to_owned(), "orders".to_owned()]
}

fn preview(found: &Found) -> Preview {
    Preview::of(found, false, false, &offered(), None, Language::English)
}

/// A file with so many messages for each of these queues.
fn file(queues: &[(&str, usize)]) -> String {
    queues.iter().map(|(queue, count)| bodies(queue, &vec!["a"; *count], 0.0)).collect()
}

#[test]
fn one_unknown_queue_is_said_with_its_messages_and_its_first_line() {
    let found = found(&file(&[("orders", 2), ("other", 1), ("orders", 1)]));
    let Preview { queues, errors, notes } = preview(&found);
    assert_eq!(queues, ["orders: 3 messages", "other: 1 message"]);
    assert_eq!(
        errors,
        ["1 message would fail: this page may not send to \"other\" (first in line 3)"]
    );
    assert!(notes.is_empty());
    // To one queue all can go.
    let one = Preview::of(&found, true, false, &offered(), None, Language::English);
    assert_eq!(one, Preview::default());
}

#[test]
fn a_message_without_a_queue_is_said_as_such() {
    let found = found("{\"body\": {\"text\": \"a\"}}\n");
    let preview = preview(&found);
    assert_eq!(preview.queues, ["no queue: 1 message"]);
    assert_eq!(preview.errors, ["1 message would fail: no queue is named (first in line 1)"]);
    let (_, progress) = all_sent("{\"body\": {\"text\": \"a\"}}\n", <_>::default());
    assert_eq!(progress.stopped, Some(Stopped::Queue { line: 1, queue: String::new() }));
    let words = progress.words(true, Language::English).unwrap();
    assert!(words.starts_with("Stopped at line 1: no queue is named."), "{words}");
}

#[test]
fn several_unknown_queues_are_counted_together_and_none_is_left_out_of_the_sum() {
    let names: Vec<String> = (0..MAX_SHOWN + 2).map(|number| format!("q{number:02}")).collect();
    let queues: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 3)).collect();
    let preview = preview(&found(&file(&queues)));
    assert_eq!(preview.queues.len(), MAX_SHOWN + 1);
    assert_eq!(preview.queues[MAX_SHOWN], "and 2 more queues: 6 messages");
    assert_eq!(preview.errors.len(), MAX_SHOWN + 2);
    assert_eq!(
        preview.errors[0],
        "66 messages would fail: this page may not send to 22 queues of the file"
    );
    assert!(
        preview.errors[1].starts_with("3 messages would fail: this page may not send to \"q00\"")
    );
    assert_eq!(preview.errors[MAX_SHOWN + 1], "and 2 more queues: 6 messages");
}

#[test]
fn a_file_of_more_queues_than_are_told_apart_says_so() {
    let line = |number| format!("{{\"queue\": \"q{number}\", \"body\": {{\"text\": \"\"}}}}\n");
    let found = found(&(0..MAX_NAMES + 5).map(line).collect::<String>());
    assert_eq!((found.queues.len(), found.further, found.messages), (1_000, 5, 1_005));
    let words = "The file has more than 1,000 queues. 5 messages for the others are not checked here, \
                 and may fail.";
    assert!(preview(&found).errors.iter().any(|error| error == words));
}

#[test]
fn before_the_relay_has_named_its_queues_none_is_said_to_be_unknown() {
    let found = found(&file(&[("orders", 1)]));
    let preview = Preview::of(&found, false, false, &[], None, Language::English);
    assert_eq!(preview.errors, Vec::<String>::new());
}

#[test]
fn to_one_queue_means_a_queue_that_is_offered() {
    let form = |queue: Option<&str>| PlanForm {
        one_queue: true,
        queue: queue.map(str::to_owned),
        ..PlanForm::default()
    };
    let check = |queue, offered: &[String]| form(queue).check(offered, Language::English);
    assert_eq!(check(Some("orders"), &offered()).unwrap().queue.as_deref(), Some("orders"));
    // The form shows the first then; never each message's own queue.
    assert_eq!(check(None, &offered()).unwrap().queue.as_deref(), Some("hello"));
    let words = "Choose a queue that this page may send to".to_owned();
    for (queue, offered) in [(Some("gone"), offered()), (Some("orders"), vec![]), (None, vec![])] {
        assert_eq!(check(queue, &offered), Err(Mistake::Queue(words.clone())));
    }
    let rate = PlanForm { pace: 1, per_second: "0".to_owned(), ..PlanForm::default() };
    assert!(matches!(rate.check(&offered(), Language::English), Err(Mistake::PerSecond(_))));
    let own = PlanForm { pace: 2, queue: Some("gone".to_owned()), ..PlanForm::default() };
    let plan = own.check(&[], Language::English).unwrap();
    assert_eq!((plan.queue, plan.pace), (None, Pace::Original));
}

#[test]
fn names_of_queues_and_headers_are_cut() {
    let long = "n".repeat(255);
    let found_long = found(&file(&[(&long, 1)]));
    for words in preview(&found_long).queues.iter().chain(&preview(&found_long).errors) {
        assert!(words.contains(&format!("{}…", "n".repeat(MAX_NAME_CHARS))), "{words}");
        assert!(!words.contains(&"n".repeat(MAX_NAME_CHARS + 1)), "{words}");
    }
    let x = "x".repeat(100_000);
    let headers = format!(
        "{{\"body\": {{\"text\": \"\"}}, \"properties\": {{\"headers\": {{\"x-first-death-{x}\": 1}}}}}}"
    );
    let left_out = found(&headers).left_out;
    assert!(left_out.iter().all(|name| name.chars().count() <= MAX_NAME_CHARS + 1));
    assert_eq!(MAX_NAME, MAX_NAME_CHARS, "names of saved messages are shown whole");
}

#[test]
fn what_is_left_out_is_named_or_counted() {
    let header = |number: usize| format!("\"x-first-death-{number:02}\": 1");
    let headers = (0..MAX_SHOWN + 3).map(header).collect::<Vec<_>>().join(", ");
    let found = found(&format!(
        "{{\"queue\": \"orders\", \"body\": {{\"text\": \"\"}}, \"properties\": {{\"headers\": \
         {{{headers}}}}}}}"
    ));
    let notes = preview(&found).notes;
    assert!(notes[0].ends_with("x-first-death-19 and 3 more"), "{notes:?}");
}

#[test]
fn empty_files_line_ends_and_byte_order_marks() {
    for empty in ["", "\n", "\r\n", "\n\n\n", "\u{feff}", "\u{feff}\r\n", " \t\n \n"] {
        let found = found(empty);
        assert_eq!((found.messages, found.wrong), (0, 0), "{empty:?}");
        let notes = preview(&found).notes;
        assert!(notes[0].starts_with("There is no message in this file."), "{notes:?}");
    }
    let line =
        |text: &str| format!("{{\"queue\": \"orders\", \"body\": {{\"text\": \"{text}\"}}}}");
    let (a, b) = (line("a"), line("b"));
    for file in [
        format!("{a}\n{b}\n"),
        format!("{a}\n{b}"),
        format!("{a}\r\n{b}\r\n"),
        format!("{a}\r\n{b}\r"),
        format!("\u{feff}{a}\n\n\n{b}"),
        format!("\r\n\r\n{a}\r\n\r\n{b}\n \n"),
    ] {
        let (sent, progress) = all_sent(&file, <_>::default());
        let sent: Vec<_> = sent.iter().map(|message| message.body.as_text().unwrap()).collect();
        assert_eq!((sent, progress.run.total), (vec!["a", "b"], 2), "{file:?}");
        for cut in 1..file.len() {
            let mut survey = Survey::default();
            let (before, after) = file.as_bytes().split_at(cut);
            [before, b"", after, b""].into_iter().for_each(|piece| survey.push(piece));
            assert_eq!(survey.at(), file.len() as u64);
            assert_eq!(survey.finish().messages, 2, "{file:?} cut at {cut}");
        }
    }
    // A mark that is not at the beginning is no JSON.
    assert_eq!(found(&format!("{a}\n\u{feff}{b}")).wrong, 1);
}

#[test]
fn pauses_are_explained_where_they_are_kept() {
    let at = |at_ms| bodies("orders", &["a"], at_ms);
    let words = |file: &str| {
        let found = found(file);
        Preview::of(&found, false, true, &offered(), None, Language::English).notes
    };
    assert_eq!(words(&(at(0.0) + &at(90_000.0))), ["All pauses together take 1 min 30 s."]);
    let bare = "{\"queue\": \"orders\", \"body\": {\"text\": \"\"}}\n";
    assert_eq!(words(bare), ["The file has no times, so there are no pauses to keep."]);
    let odd = [at(0.0), at(1e10), at(5.0), bare.to_owned()].concat();
    assert_eq!(
        words(&odd),
        [
            "All pauses together take 1 h.",
            "1 pause is longer than 1 h and is cut to 1 h.",
            "1 message is older than the one before it and is sent without a pause.",
            "1 message has no time and is sent without a pause.",
        ]
    );
    assert_eq!(
        words(&odd.repeat(2))[1..],
        [
            "2 pauses are longer than 1 h and are cut to 1 h.",
            "3 messages are older than the one before them and are sent without a pause.",
            "2 messages have no time and are sent without a pause.",
        ]
    );
    // Whoever does not keep them need not know.
    assert!(preview(&found(&odd)).notes.is_empty());
}

#[test]
fn deliveries_of_a_watch_are_counted_in_one_and_in_many() {
    let line = "{\"kind\": \"delivered\", \"body\": {\"text\": \"\"}}\n";
    let words = |count| preview(&found(&line.repeat(count))).notes.pop().unwrap();
    assert!(words(1).starts_with("1 delivery of a watch is left out"), "{}", words(1));
    assert!(words(2).starts_with("2 deliveries of a watch are left out"), "{}", words(2));
}

#[test]
fn every_sentence_is_there_in_both_languages() {
    let of = |found: &Found, language| {
        let Preview { errors, notes, .. } =
            Preview::of(found, false, true, &offered(), Some(0), language);
        [errors, notes].concat()
    };
    let names: Vec<String> = (0..MAX_SHOWN + 2).map(|number| format!("q{number:02}")).collect();
    let queues: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let all = file(&queues)
        + "{\"queue\": \"orders\", \"properties\": {\"user_id\": \"u\"}, \"body\": {\"text\": \"\"}}\n"
        + "{\"kind\": \"delivered\", \"body\": {\"text\": \"\"}}\n"
        + &bodies("orders", &["a"], 1e12)
        + &bodies("orders", &["a"], 1.0)
        + "oops\n";
    let mut found = found(&all);
    found.further = 7;
    let sentences = of(&found, Language::English).len();
    assert_eq!(sentences, of(&found, Language::Chinese).len());
    for at in 0..sentences {
        assert_words(|language| of(&found, language)[at].clone(), &[]);
    }
}

#[test]
fn how_far_it_is_is_said_in_both_languages_of_one_and_of_many() {
    let progress = |count, phase| Progress {
        run: run::Progress {
            total: 10_000,
            made: 10_000 - 2 * count,
            confirmed: 10_000 - 3 * count,
            failed: 0,
            unsure: count,
            phase,
        },
        wait_ms: 93_600_000.0,
        passed_over: count,
        stopped: Some(Stopped::ByUser),
    };
    let finishing = Phase::Finishing { withdrawn: true };
    for (count, shown) in [(1, "1"), (1_234, "1,234")] {
        let (finishing, ended) =
            (progress(count, finishing), progress(count, Phase::Ended { ms: 1.0 }));
        assert_words(|language| finishing.words(true, language).unwrap(), &[shown]);
        assert_words(|language| ended.words(true, language).unwrap(), &[shown]);
        assert_words(|language| ended.numbers(language), &[shown, "10,000"]);
        let english = [&finishing, &ended].map(|progress| progress.words(true, Language::English));
        let english = english.map(Option::unwrap).join(" ") + &ended.numbers(Language::English);
        for one in ["1 message ", "1 line ", " it may "] {
            assert_eq!(english.contains(one), count == 1, "{one:?} in {english:?}");
        }
    }
    let waits = progress(1, Phase::Making);
    assert_words(|language| waits.words(true, language).unwrap(), &["1", "2"]);
    assert_words(|language| waits.words(false, language).unwrap(), &[]);
    for why in [
        Stopped::ByUser,
        Stopped::Failed,
        Stopped::File,
        Stopped::Queue { line: 1_234, queue: "orders".to_owned() },
        Stopped::Queue { line: 1_234, queue: String::new() },
        Stopped::Line(LineError { line: 1_234, why: LineWrong::TooLong }),
        Stopped::Line(LineError { line: 1_234, why: LineWrong::NotText }),
        Stopped::Line(LineError { line: 1_234, why: LineWrong::OnlySize }),
        Stopped::Line(LineError { line: 1_234, why: LineWrong::LongQueue }),
    ] {
        assert_words(|language| why.words(language), &[]);
    }
}
