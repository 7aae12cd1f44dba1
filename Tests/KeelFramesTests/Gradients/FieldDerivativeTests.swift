import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Gradients of equivariant averages")
struct FieldDerivativeTests {
  private func total(_ outputs: [Field<Double>], _ cotangents: [Matrix<Double>]) -> Double {
    var sum = 0.0
    for (output, cotangent) in zip(outputs, cotangents) { sum += output.values.hadamard(cotangent).sum }
    return sum
  }

  /// Every kind goes in and comes out, vectors with two channels, and all of it is differentiated.
  @Test("central differences for every kind of field", arguments: FrameGroup.allCases, 1...3)
  func everyKind(group: FrameGroup, d: Int) throws {
    var stream = RandomStream(seed: UInt64(17 + d))
    let n = 4
    let points = normalCloud(n, d, using: &stream).scalingColumns(by: (0..<d).map { 1 + 0.6 * Double($0) })
    let fields = FieldKind.allCases.map { kind in
      Field(kind, normalCloud(2, (kind == .vector ? 2 : 1) * kind.width(dimension: d), using: &stream))
    }
    let function = RandomFieldFunction(
      inputs: n * d + fields.reduce(0) { $0 + $1.values.rows * $1.values.columns },
      outputs: FieldKind.allCases.map { ($0, 3, ($0 == .pseudovector ? 2 : 1) * $0.width(dimension: d)) },
      using: &stream)
    let cotangents = FieldKind.allCases.map { kind in
      normalCloud(3, (kind == .pseudovector ? 2 : 1) * kind.width(dimension: d), using: &stream)
    }
    func loss(_ points: Matrix<Double>, _ fields: [Field<Double>]) throws -> Double {
      let frame = try Frame(principalAxesOf: points, group: group)
      let outputs = frame.average(of: [Field(.point, points)] + fields, function.callAsFunction)
      return total(outputs, cotangents)
    }
    let frame = try Frame(principalAxesOf: points, group: group)
    let average = try FrameDerivative(of: frame, at: points).average(
      fields: fields, function.withPullback)
    let outputs = frame.average(of: [Field(.point, points)] + fields, function.callAsFunction)
    for (found, expected) in zip(average.outputs, outputs) {
      #expect(found.kind == expected.kind)
      #expect(found.values.maximumDifference(from: expected.values) <= 1e-14)
    }
    let result = average.pullback(cotangents)
    let difference = try centralDifferences(at: points) { try loss($0, fields) }
    #expect(result.points.maximumDifference(from: difference) <= 1e-8)
    for index in fields.indices {
      let difference = try centralDifferences(at: fields[index].values) { values in
        var moved = fields
        moved[index].values = values
        return try loss(points, moved)
      }
      #expect(
        result.fields[index].maximumDifference(from: difference) <= 1e-8, "\(fields[index].kind)")
    }
  }

  @Test("a cloud in a plane, with velocities out of it")
  func planar() throws {
    var stream = RandomStream(seed: 5)
    let points: Matrix<Double> = [[1, 0, 0], [0, 2, 0], [-1, 1, 0], [0.5, -3, 0], [2, 1, 0]]
    let velocities = Field(.vector, normalCloud(5, 3, using: &stream))
    let kinds: [FieldKind] = [.point, .vector, .tensor, .pseudovector]
    let function = RandomFieldFunction(
      inputs: 30, outputs: kinds.map { ($0, 2, $0.width(dimension: 3)) }, using: &stream)
    let cotangents = kinds.map { normalCloud(2, $0.width(dimension: 3), using: &stream) }
    for group in [FrameGroup.euclidean, .specialEuclidean, .orthogonal, .specialOrthogonal] {
      func loss(_ points: Matrix<Double>) throws -> Double {
        let frame = try Frame(principalAxesOf: points, group: group)
        let outputs = frame.average(of: [Field(.point, points), velocities], function.callAsFunction)
        return total(outputs, cotangents)
      }
      let frame = try Frame(principalAxesOf: points, group: group)
      let result = try FrameDerivative(of: frame, at: points).average(
        fields: [velocities], function.withPullback
      ).pullback(cotangents)
      let difference = try centralDifferences(at: points, step: 1e-4, loss)
      #expect(result.points.maximumDifference(from: difference) <= 1e-7, "\(group)")
    }
  }

  @Test("a cloud in a line: scalars have a derivative, vectors and fields off the line have none")
  func collinear() throws {
    var stream = RandomStream(seed: 6)
    let points: Matrix<Double> = [[0, 0, 0], [1, 2, 2], [2, 4, 4], [4, 8, 8]]
    let frame = try Frame(principalAxesOf: points, group: .specialEuclidean)
    let derivative = try FrameDerivative(of: frame, at: points)
    let scalar = RandomFieldFunction(inputs: 12, outputs: [(.scalar, 1, 1)], using: &stream)
    let result = try derivative.average(scalar.withPullback).pullback([Matrix(row: [1])])
    let difference = try centralDifferences(at: points, step: 1e-4) { moved in
      try Frame(principalAxesOf: moved, group: .specialEuclidean).average(
        of: [Field(.point, moved)], scalar.callAsFunction)[0].values[0, 0]
    }
    #expect(result.points.maximumDifference(from: difference) <= 1e-7)
    let vector = RandomFieldFunction(inputs: 12, outputs: [(.vector, 1, 3)], using: &stream)
    #expect(throws: FrameError.self) { try derivative.average(vector.withPullback) }
    let extended = RandomFieldFunction(inputs: 15, outputs: [(.scalar, 1, 1)], using: &stream)
    #expect(throws: FrameError.self) {
      try derivative.average(fields: [Field(.vector, [[1, 0, 0]])], extended.withPullback)
    }
    // Along the line a field does no harm.
    _ = try derivative.average(fields: [Field(.vector, [[-1, -2, -2]])], extended.withPullback)
  }

  /// Moving a cloud off a line by ε in two directions and in their sum: were the average of a vector differentiable
  /// there, the changes of first order would add up. Those of a scalar vanish.
  @Test("an average of vectors has no derivative at a cloud in a line")
  func noDerivative() throws {
    var stream = RandomStream(seed: 7)
    let points: Matrix<Double> = [[0, 0, -2], [0, 0, -1], [0, 0, 0], [0, 0, 3]]
    let function = RandomFieldFunction(
      inputs: 12, outputs: [(.vector, 4, 3), (.scalar, 1, 1)], using: &stream)
    let (first, second) = (normalCloud(4, 2, using: &stream), normalCloud(4, 2, using: &stream))
    let step = 1e-5
    func change(_ direction: Matrix<Double>) throws -> [Matrix<Double>] {
      func value(_ factor: Double) throws -> [Field<Double>] {
        var moved = points
        for i in 0..<4 {
          for j in 0..<2 { moved[i, j] += factor * direction[i, j] }
        }
        return try Frame(principalAxesOf: moved, group: .euclidean).average(
          of: [Field(.point, moved)], function.callAsFunction)
      }
      return zip(try value(step), try value(-step)).map { ($0.values - $1.values) / (2 * step) }
    }
    let (a, b, sum) = (try change(first), try change(second), try change(first + second))
    #expect((a[0] + b[0]).maximumDifference(from: sum[0]) > 1e-3)
    #expect(a[1].maximumDifference(from: b[1]) <= 1e-9)
  }
}
