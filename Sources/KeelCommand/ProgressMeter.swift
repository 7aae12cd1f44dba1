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
  func show(_ progress: CheckProgress) {
    state.withLock { state in
      let now = ContinuousClock.now
      guard now >= state.nextUpdate else { return }
      state.nextUpdate = now + .milliseconds(100)
      state.isShown = true
      Terminal.showOnError(
        "\r\(Self.line(progress, elapsed: start.duration(to: now), width: Terminal.errorWidth))\u{1B}[K")
    }
  }

  /// Removes the line.
  func finish() {
    state.withLock { state in
      if state.isShown { Terminal.showOnError("\r\u{1B}[K") }
      state.isShown = false
    }
  }

  private static func line(_ progress: CheckProgress, elapsed: Duration, width: Int) -> String {
    let share = progress.total == 0 ? 1 : Double(progress.completed) / Double(progress.total)
    let cells = 20
    let full = Int(share * Double(cells))
    let bar = String(repeating: "#", count: full) + String(repeating: ".", count: cells - full)
    let seconds = Int(elapsed.components.seconds)
    let text =
      "[\(bar)] \(progress.completed)/\(progress.total)  check \(progress.checkIndex + 1) of "
      + "\(progress.checkCount)  \(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)  "
      + progress.check
    return String(text.prefix(width - 1))
  }
}
