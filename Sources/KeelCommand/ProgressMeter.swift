import KeelChecks
import Synchronization

/// A line on standard error that says how far a run has come, on a terminal only.
final class ProgressMeter: Sendable {
  private struct State {
    var nextUpdate: ContinuousClock.Instant
    var isShown = false
  }

  private let state: Mutex<State>
  private let start: ContinuousClock.Instant

  /// A meter that stays silent during the first half second: short work needs none.
  init() {
    start = .now
    state = Mutex(State(nextUpdate: start + .milliseconds(500)))
  }

  /// Shows how far the run has come, at most ten times a second.
  ///
  /// - Parameters:
  ///   - completed: the number of items that are done.
  ///   - total: the number of all items.
  ///   - earlier: how many of those were done before this run; given, the line shows the rate of this run
  ///     and the time that the rest will take.
  ///   - note: what the line ends with.
  func show(_ completed: Int, of total: Int, ofThemEarlier earlier: Int? = nil, note: String = "") {
    state.withLock { state in
      let now = ContinuousClock.now
      guard now >= state.nextUpdate else { return }
      state.nextUpdate = now + .milliseconds(100)
      state.isShown = true
      let elapsed = start.duration(to: now)
      var parts = [Self.bar(completed, of: total) + " \(completed)/\(total)"]
      if let earlier {
        let rate = Double(completed - earlier) / elapsed.seconds
        parts.append(Self.rateText(rate))
        if rate > 0 { parts.append("\(Self.clock(Double(total - completed) / rate)) left") }
      } else if note.isEmpty {
        parts.append(Self.clock(elapsed.seconds))
      }
      if !note.isEmpty { parts.append(note) }
      let line = parts.joined(separator: "  ").prefix(Terminal.errorWidth - 1)
      Terminal.showOnError("\r\(line)\u{1B}[K")
    }
  }

  /// Shows how far a run of checks has come.
  func show(_ progress: CheckProgress) {
    let elapsed = Self.clock(start.duration(to: .now).seconds)
    show(
      progress.completed, of: progress.total,
      note: "check \(progress.checkIndex + 1) of \(progress.checkCount)  \(elapsed)  \(progress.check)")
  }

  /// Removes the line.
  func finish() {
    state.withLock { state in
      if state.isShown { Terminal.showOnError("\r\u{1B}[K") }
      state.isShown = false
    }
  }

  private static func bar(_ completed: Int, of total: Int) -> String {
    let share = total == 0 ? 1 : Double(completed) / Double(total)
    let cells = 20
    let full = Int(share * Double(cells))
    return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: cells - full) + "]"
  }

  /// Items a second, in about three digits.
  static func rateText(_ rate: Double) -> String {
    rate >= 100 ? "\(Int(rate))/s" : "\((rate * 10).rounded() / 10)/s"
  }

  /// A time as hours, minutes and seconds: `1:02:03`, `2:03`.
  static func clock(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds, 0), 1e9))
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    let start = hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)"
    return "\(start):\(two(whole % 60))"
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
