//! How a cost grows, drawn: one SVG for each under `docs/`.

use std::{collections::BTreeMap, path::PathBuf};

use plotters::prelude::*;

const SIZE: (u32, u32) = (640, 360);
const COLOURS: [RGBColor; 4] =
    [RGBColor(9, 105, 218), RGBColor(207, 34, 46), RGBColor(26, 127, 55), RGBColor(191, 135, 0)];

/// Points of some series over an axis that is logarithmic.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    name: &'static str,
    across: &'static str,
    up: &'static str,
    series: Vec<(&'static str, Vec<(f64, f64)>)>,
}

impl Plot {
    /// A plot without a point. `name` is its file's, the other two are its axes'.
    #[must_use]
    pub(crate) fn new(name: &'static str, across: &'static str, up: &'static str) -> Self {
        Self { name, across, up, series: Vec::new() }
    }

    /// Adds a point to a series.
    pub(crate) fn add(&mut self, series: &'static str, x: f64, y: f64) {
        match self.series.iter_mut().find(|(name, _)| *name == series) {
            Some((_, points)) => points.push((x, y)),
            None => self.series.push((series, vec![(x, y)])),
        }
    }

    /// Draws it into `docs/bench-NAME.svg`, the median for each x, and returns the path.
    ///
    /// # Errors
    /// When there is no point, or the file cannot be written.
    pub(crate) fn draw(&self) -> Result<PathBuf, Box<dyn std::error::Error>> {
        let file = xtask::root().join(format!("docs/bench-{}.svg", self.name));
        let all = || self.series.iter().flat_map(|(_, points)| points);
        let max = |pick: fn(&(f64, f64)) -> f64| all().map(pick).fold(f64::NAN, f64::max);
        let min = all().map(|point| point.0).fold(f64::NAN, f64::min);
        if all().next().is_none() {
            return Err(format!("nothing to draw in {}", self.name).into());
        }
        let (right, top) = (max(|point| point.0), max(|point| point.1) * 1.1);
        {
            let area = SVGBackend::new(&file, SIZE).into_drawing_area();
            area.fill(&WHITE)?;
            let mut chart = ChartBuilder::on(&area)
                .margin(12)
                .x_label_area_size(44)
                .y_label_area_size(64)
                .build_cartesian_2d((min..right * 1.01).log_scale(), 0.0..top.max(1.0))?;
            chart
                .configure_mesh()
                .light_line_style(WHITE)
                .x_desc(self.across)
                .y_desc(self.up)
                .x_label_formatter(&|x| short(*x))
                .y_label_formatter(&|y| short(*y))
                .draw()?;
            for ((name, points), colour) in self.series.iter().zip(COLOURS) {
                let points = medians(points);
                let line = LineSeries::new(points.iter().copied(), colour.stroke_width(2));
                chart.draw_series(line)?.label(*name).legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2))
                });
                let dots = points.iter().map(|point| Circle::new(*point, 3, colour.filled()));
                chart.draw_series(dots)?;
            }
            if self.series.len() > 1 {
                chart
                    .configure_series_labels()
                    .background_style(WHITE)
                    .border_style(BLACK.mix(0.2))
                    .draw()?;
            }
            area.present()?;
        }
        Ok(file)
    }
}

/// One point for each x: the middle one of its values.
fn medians(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut by_x: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (x, y) in points {
        // What is drawn is counted: whole numbers.
        by_x.entry(*x as u64).or_default().push(*y);
    }
    by_x.into_iter()
        .map(|(x, mut values)| {
            values.sort_by(f64::total_cmp);
            (x as f64, values[values.len() / 2])
        })
        .collect()
}

/// `1.5 M`, `20 k`, `300`.
fn short(value: f64) -> String {
    match value {
        large if large >= 1e6 => format!("{} M", large / 1e6),
        middle if middle >= 1e3 => format!("{} k", middle / 1e3),
        small => format!("{small}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_x_has_its_median() {
        let points = [(10.0, 3.0), (1.0, 5.0), (10.0, 1.0), (10.0, 2.0)];
        assert_eq!(medians(&points), [(1.0, 5.0), (10.0, 2.0)]);
    }

    #[test]
    fn numbers_on_the_axes_are_short() {
        assert_eq!([1_500_000.0, 20_000.0, 300.0].map(short), ["1.5 M", "20 k", "300"]);
    }
}
