//! Rego values on the host side: numbers, ordering, JSON; the one place that defines their meaning.
