using CsCheck;
using SupSup.Core.Kernels;

namespace SupSup.Core.Tests.Kernels;

/// <summary>The loops of a step at every register width: against plain loops, and the same bits at all widths.</summary>
public sealed unsafe class StepKernelsTests
{
    private const float Untouched = 7;

    private static readonly (string Name, IStepKernels Kernels)[] All =
        [("512", new StepKernels<Float512>()), ("256", new StepKernels<Float256>()), ("128", new StepKernels<Float128>())];

    private static readonly int[] Rows = [0, 1, 2, 3, 4, 5, 17];

    // 16, 48, 112, 240 floats take one, two, four and eight registers of every width, in all orders.
    private static readonly int[] Widths = [16, 48, 112, 240];

    private delegate void Body(IStepKernels kernels, float* result);

    public static TheoryData<int> Columns => [1, 2, 3, 15, 16, 17, 31, 33, .. Enumerable.Range(511, 10)];

    [Theory]
    [MemberData(nameof(Columns))]
    public void Given_a_row_when_made_sparse_then_what_differs_from_the_background_is_listed_by_column(int columns) =>
        Gen.Select(Gen.OneOf(Gen.Const(0.5f), Gen.Float[-1, 1], Gen.OneOf(0f, -0f, float.NaN, float.PositiveInfinity)).Array[columns],
            Gen.OneOf(0.5f, 0f, 2f)).Sample(
                (row, background) =>
                {
                    SparseEntry[] expected = [.. Enumerable.Range(0, columns).Where(n => row[n] != background)
                        .Select(n => new SparseEntry(n, row[n] - background))];
                    foreach ((string name, IStepKernels kernels) in All)
                    {
                        SparseEntry[] entries = [.. Enumerable.Repeat(new SparseEntry(-1, Untouched), columns + 1)];
                        int found;
                        fixed (float* r = row)
                        fixed (SparseEntry* e = entries)
                            found = kernels.Sparsify(r, columns, background, e);
                        Assert.Equal(expected.Select(entry => entry.Index), entries[..found].Select(entry => entry.Index));
                        Bits.AssertSame(
                            [.. expected.Select(entry => entry.Value)], [.. entries[..found].Select(entry => entry.Value)], name);
                        Assert.All(entries[found..], entry => Assert.Equal(new SparseEntry(-1, Untouched), entry));
                    }
                },
                iter: 30);

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(48)]
    [InlineData(528)]
    public void Given_values_when_rectified_then_those_below_zero_are_zero(int count)
    {
        float[] values = Zeroed(RandomData.Floats(count, 1));

        AssertAll(values, [.. values.Select(value => (double)MathF.Max(value, 0))], 0, (kernels, result) => kernels.Rectify(result, count));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(48)]
    [InlineData(528)]
    public void Given_units_when_gradients_are_gated_then_those_of_inactive_units_are_zero(int count)
    {
        float[] outputs = Zeroed(RandomData.Floats(count, 1));
        float[] gradients = RandomData.Floats(count, 2);

        AssertAll(gradients, [.. gradients.Select((gradient, n) => outputs[n] > 0 ? (double)gradient : 0)], 0, (kernels, result) =>
        {
            fixed (float* o = outputs) kernels.Gate(o, result, count);
        });
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void Given_sparse_rows_when_multiplied_then_each_row_is_the_plain_sum_and_all_widths_agree(int columns)
    {
        foreach (int rows in Rows)
        {
            // One row more at either end, which must not be looked at.
            using SparseRows sparse = Sparse(rows + 2, columns);
            foreach (int width in Widths)
            {
                float[] matrix = RandomData.Floats(columns * width, 1);
                float[] initial = RandomData.Floats(width, 2);
                foreach (float[]? first in new[] { initial, null })
                {
                    double[] expected = new double[rows * width];
                    for (int n = 0; n < expected.Length; n++)
                    {
                        expected[n] = first?[n % width] ?? 0;
                        SparseEntry* entry = sparse.Row(1 + (n / width));
                        for (int e = 0; e < sparse.Counts[1 + (n / width)]; e++)
                            expected[n] += (double)entry[e].Value * matrix[(entry[e].Index * width) + (n % width)];
                    }

                    AssertAll(new float[expected.Length], expected, Tolerance(columns), (kernels, result) =>
                    {
                        fixed (float* m = matrix, f = first) kernels.Multiply(sparse, 1, rows + 1, m, width, f, 0, result);
                    });
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void Given_dense_rows_when_multiplied_from_the_left_or_transposed_then_each_row_is_the_plain_sum_and_all_widths_agree(int inner)
    {
        foreach (int rows in Rows)
        {
            foreach (int width in Widths)
            {
                float[] matrix = RandomData.Floats(inner * width, 1);
                foreach ((int rowStride, int stride) in new[] { (AlignedFloats.Width(inner), 1), (1, AlignedFloats.Width(rows)) })
                {
                    float[] left = RandomData.Floats((rows * rowStride) + (inner * stride), 2);
                    double[] expected = new double[rows * width];
                    for (int r = 0; r < rows; r++)
                        for (int k = 0; k < inner; k++)
                            for (int n = 0; n < width; n++)
                                expected[(r * width) + n] += (double)left[(r * rowStride) + (k * stride)] * matrix[(k * width) + n];

                    AssertAll(new float[expected.Length], expected, Tolerance(inner), (kernels, result) =>
                    {
                        fixed (float* m = matrix, l = left) kernels.MultiplyDense(l, rowStride, stride, rows, inner, m, width, result);
                    });
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void Given_rows_when_transposed_then_values_change_places_and_nothing_else_is_written(int columns)
    {
        int width = AlignedFloats.Width(columns);
        foreach (int rows in Rows)
        {
            int targetWidth = AlignedFloats.Width(rows) + 16;
            float[] source = RandomData.Floats(rows * width, 1);
            float[] before = [.. Enumerable.Repeat(Untouched, columns * targetWidth)];
            double[] expected = [.. before];
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < columns; c++) expected[(c * targetWidth) + r] = source[(r * width) + c];

            AssertAll(before, expected, 0, (kernels, result) =>
            {
                fixed (float* s = source) kernels.Transpose(s, rows, width, columns, result, targetWidth);
            });
        }
    }

    [Fact]
    public void Given_rows_when_summed_then_each_column_is_the_plain_sum_and_all_widths_agree()
    {
        foreach (int rows in (int[])[.. Rows, 519])
        {
            foreach (int width in Widths)
            {
                float[] matrix = RandomData.Floats(rows * width, 1);
                double[] expected = new double[width];
                for (int n = 0; n < matrix.Length; n++) expected[n % width] += matrix[n];

                AssertAll(new float[width], expected, Tolerance(rows), (kernels, result) =>
                {
                    fixed (float* m = matrix) kernels.SumRows(m, rows, width, result);
                });
            }
        }
    }

    // Of n products of numbers below one each addition is off by half a unit of a partial sum, and these grow as √n.
    private static double Tolerance(int terms) => 6e-8 * (2 + terms);

    private static float[] Zeroed(float[] values)
    {
        for (int n = 0; n < values.Length; n += 5) values[n] = n % 2 == 0 ? 0f : -0f;
        return values;
    }

    // About a quarter of the values, some rows none, some all.
    private static SparseRows Sparse(int rows, int columns)
    {
        SparseRows sparse = new(rows, columns);
        var random = new System.Random((rows * 1000) + columns);
        for (int row = 0; row < rows; row++)
        {
            double share = row % 4 == 3 ? row % 8 == 3 ? 0 : 1 : 0.25;
            for (int column = 0; column < columns; column++)
                if (random.NextDouble() < share)
                    sparse.Row(row)[sparse.Counts[row]++] = new SparseEntry(column, (2 * random.NextSingle()) - 1);
        }

        return sparse;
    }

    private static void AssertAll(float[] before, double[] expected, double tolerance, Body body)
    {
        float[]? first = null;
        foreach ((string name, IStepKernels kernels) in All)
        {
            using AlignedFloats result = new(before.Length + 16);
            before.CopyTo(result.Span);
            result.Span[before.Length..].Fill(Untouched);

            body(kernels, result.Start);

            float[] actual = result.Span[..before.Length].ToArray();
            for (int n = 0; n < actual.Length; n++)
                if (!(Math.Abs(actual[n] - expected[n]) <= tolerance))
                    Assert.Fail($"{name}: value {n} of {actual.Length} is {actual[n]:R}, not {expected[n]:R}");
            foreach (float after in result.Span[before.Length..]) Assert.Equal(Untouched, after);
            first ??= actual;
            Bits.AssertSame(first, actual, name);
        }
    }
}
