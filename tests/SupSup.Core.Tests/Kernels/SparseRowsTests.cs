using CsCheck;
using SupSup.Core.Kernels;

namespace SupSup.Core.Tests.Kernels;

public sealed unsafe class SparseRowsTests
{
    [Fact]
    public void Given_any_matrix_when_transposed_then_every_value_is_at_its_column_and_rows_are_in_order() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Double[0, 1], Gen.Int).Sample((rows, columns, share, seed) =>
        {
            using SparseRows matrix = new(rows, columns);
            using SparseRows transposed = new(columns, rows);

            // Twice, so that what the first left would show in the second.
            for (int round = 0; round < 2; round++)
            {
                var random = new System.Random(seed + round);
                List<SparseEntry>[] expected = [.. Enumerable.Range(0, columns).Select(_ => new List<SparseEntry>())];
                for (int row = 0; row < rows; row++)
                {
                    matrix.Counts[row] = 0;
                    for (int column = 0; column < columns; column++)
                    {
                        if (random.NextDouble() >= share) continue;
                        float value = random.NextSingle();
                        matrix.Row(row)[matrix.Counts[row]++] = new SparseEntry(column, value);
                        expected[column].Add(new SparseEntry(row, value));
                    }
                }

                transposed.SetTransposeOf(matrix);

                for (int column = 0; column < columns; column++)
                    Assert.Equal(
                        expected[column], new ReadOnlySpan<SparseEntry>(transposed.Row(column), transposed.Counts[column]).ToArray());
            }
        });
}
