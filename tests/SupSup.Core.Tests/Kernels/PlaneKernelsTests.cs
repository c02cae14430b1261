using SupSup.Core.Kernels;

namespace SupSup.Core.Tests.Kernels;

/// <summary>Every width of registers computes the same bits, and convolutions what plain loops do.</summary>
public sealed unsafe class PlaneKernelsTests
{
    private const int Pixel = 16;
    private const int Planes = 5;
    private const int Side = 13;
    private const int Row = (Side + 2) * Pixel;
    private const int Plane = (Side + 2) * Row;

    public static TheoryData<string> Widths => ["512", "256", "128"];

    private static float[] Values { get; } = RandomData.Floats(2 * Planes * Plane, 1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 1)]
    public void Given_sparse_weights_when_correlated_then_sums_are_those_of_plain_loops_at_every_width(int inStep, int outStep)
    {
        int size = inStep == 3 ? 4 : inStep == 2 ? 6 : outStep == 2 ? 6 : Side;
        PlaneTaps taps = new(3);
        int[] planes = [0, 2, 2, 0, 2], offsets = [Row + Pixel, 2 * Pixel, Plane + (2 * Row), 3 * Plane, 0];
        bool[] negative = [false, true, false, true, false];
        taps.Set(planes, offsets, negative, planes.Length);
        PlaneGrid grid = new(size, size, inStep * Row, inStep * Pixel, outStep * Row, outStep * Pixel, Plane);
        float[] expected = RandomData.Floats(3 * Plane, 2), before = [.. expected];
        for (int plane = 0; plane < 3; plane++)
            for (int at = 0; at < size * size * Pixel; at++)
                Expect(plane, at / Pixel / size, at / Pixel % size, at % Pixel);

        foreach (IConvolutionKernels kernels in Every<IConvolutionKernels>())
        {
            float[] actual = [.. before];
            fixed (float* from = Values, to = actual) kernels.Correlate(grid, from, taps, 0.5f, adds: true, to);
            Assert.Equal(expected, actual);
        }

        void Expect(int plane, int row, int column, int lane)
        {
            float sum = 0;
            foreach (bool minus in new[] { false, true })
            {
                for (int n = 0; n < planes.Length; n++)
                {
                    if (planes[n] != plane || negative[n] != minus) continue;
                    float value = Values[offsets[n] + (row * inStep * Row) + (column * inStep * Pixel) + lane];
                    sum += minus ? -value : value;
                }
            }

            ref float target = ref expected[(plane * Plane) + (row * outStep * Row) + (column * outStep * Pixel) + lane];
            target = MathF.FusedMultiplyAdd(sum, 0.5f, target);
        }
    }

    [Theory]
    [InlineData(5, 7)]
    [InlineData(1, 1)]
    [InlineData(4, 12)]
    public void Given_deltas_and_inputs_when_multiplied_then_sums_are_those_of_plain_loops_at_every_width(int outputs, int columns)
    {
        const int Blocks = 2;
        int[] offsets = [.. Enumerable.Range(0, columns).Select(n => (n % Planes * Plane) + (n % 3 * Row) + (n % 2 * Pixel))];
        float[] deltas = RandomData.Floats(Blocks * Planes * Plane, 3), before = RandomData.Floats(outputs * columns * Pixel, 4);
        PlaneGrid grid = new(Side, Side, Row, Pixel, Row, Pixel, Plane);
        float[] expected = [.. before];
        for (int o = 0; o < outputs; o++)
            for (int j = 0; j < columns; j++)
                for (int lane = 0; lane < Pixel; lane++) expected[(((o * columns) + j) * Pixel) + lane] = Sum(o, j, lane);

        foreach (IConvolutionKernels kernels in Every<IConvolutionKernels>())
        {
            float[] actual = [.. before];
            fixed (float* delta = deltas, from = Values, to = actual)
                kernels.Outer(grid, Blocks, delta, Planes * Plane, outputs, from, Planes * Plane, offsets, to, columns);
            Assert.Equal(expected, actual);
        }

        float Sum(int o, int j, int lane)
        {
            float sum = before[(((o * columns) + j) * Pixel) + lane];
            for (int block = 0; block < Blocks; block++)
            {
                for (int pixel = 0; pixel < Side * Side; pixel++)
                {
                    int at = (block * Planes * Plane) + (pixel / Side * Row) + (pixel % Side * Pixel) + lane;
                    sum = MathF.FusedMultiplyAdd(deltas[at + (o * Plane)], Values[at + offsets[j]], sum);
                }
            }

            return sum;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Given_values_when_normalised_added_and_gone_back_from_then_every_width_has_the_same_bits(int kind)
    {
        PlaneActivation activation = (PlaneActivation)kind;
        PlaneRun run = new(Side, Side * Pixel, Row);
        float[] gradients = RandomData.Floats(Plane, 5);
        const uint Some = 0b_0000_1111_0111_1011;

        float[][] all = [.. Every<IPlaneKernels>().Select(kernels =>
        {
            float[] made = new float[4 * Plane];
            double* sums = stackalloc double[4];
            fixed (float* from = Values, back = gradients, to = made)
            {
                kernels.Moments(run, from, sums, sums + 1);
                kernels.Normalize(run, from, 0.1f, 2, activation, Some, to, Row);
                kernels.GradientMoments(run, from, 0.1f, 2, activation, back, Row, sums + 2, sums + 3);
                kernels.NormalizeBack(run, from, new(0.1f, 2, 0.01f, 0.02f), activation, back, Row, Some, adds: false, to + Plane, Row);
                kernels.Add(run, from, from + Plane, Row, activation, to + (2 * Plane), Row);
                kernels.AddBack(run, from, from + Plane, Row, activation, back, Row, adds: true, to + (2 * Plane), Row);
            }

            return (float[])[.. made, (float)sums[0], (float)sums[1], (float)sums[2], (float)sums[3]];
        })];

        Assert.Equal(all[0], all[1]);
        Assert.Equal(all[0], all[2]);
        Assert.Equal(0, all[0][2]); // of lane 2 there is no example
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Given_pixels_when_their_lanes_are_summed_then_each_width_adds_lanes_in_the_same_order(string width)
    {
        IConvolutionKernels kernels = Every<IConvolutionKernels>()[Widths.ToList().FindIndex(row => row == width)];
        float[] actual = new float[3];
        fixed (float* from = Values, to = actual) kernels.SumPixels(from, actual.Length, to);

        Assert.Equal(Enumerable.Range(0, actual.Length).Select(n => Tree([.. Values.Skip(n * Pixel).Take(Pixel)])), actual);

        static float Tree(float[] lanes) =>
            lanes.Length == 1 ? lanes[0] : Tree([.. lanes.Take(lanes.Length / 2).Zip(lanes.Skip(lanes.Length / 2), (a, b) => a + b)]);
    }

    private static T[] Every<T>()
        where T : class => typeof(T) == typeof(IPlaneKernels)
            ? [(T)(object)new PlaneKernels<Float512>(), (T)(object)new PlaneKernels<Float256>(), (T)(object)new PlaneKernels<Float128>()]
            :
            [
                (T)(object)new ConvolutionKernels<Float512>(), (T)(object)new ConvolutionKernels<Float256>(),
                (T)(object)new ConvolutionKernels<Float128>(),
            ];
}
