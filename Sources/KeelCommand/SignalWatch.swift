import Dispatch
import Foundation

/// Does something when the user or the system asks the program to end, instead of just ending.
///
/// A signal that is ignored stays ignored: who started the program, `nohup` or a script's `trap ''`, wants
/// it to go on.
final class SignalWatch {
  private let watched: [(source: any DispatchSourceSignal, signal: Int32)]

  /// Watches until it is cancelled.
  ///
  /// - Parameter action: called with the signal, on a thread of its own, and expected to end the program.
  init(_ action: @escaping @Sendable (Int32) -> Void) {
    // A queue of its own gets a thread even while all processors compute.
    let queue = DispatchQueue(label: "keel.signals")
    watched = [SIGINT, SIGTERM].compactMap { number in
      // The default disposition is a null pointer, hence nil.
      let earlier = signal(number, SIG_IGN)
      if let earlier, Self.ignores(earlier) { return nil }
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { action(number) }
      source.resume()
      return (source, number)
    }
  }

  /// Restores what the signals usually do.
  func cancel() {
    for (source, number) in watched {
      source.cancel()
      signal(number, SIG_DFL)
    }
  }

  /// Whether a disposition is `SIG_IGN`; functions can only be compared by their addresses.
  private static func ignores(_ disposition: Disposition) -> Bool {
    unsafeBitCast(disposition, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private typealias Disposition = @convention(c) (Int32) -> Void
}
