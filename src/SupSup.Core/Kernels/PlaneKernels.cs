using System.Runtime.CompilerServices;

namespace SupSup.Core.Kernels;

/// <summary>The kernels over values, in registers of one width.</summary>
internal sealed unsafe class PlaneKernels<TVector> : IPlaneKernels
    where TVector : unmanaged, IFloatVector<TVector>
{
    private const int Pixel = 16;

    public void Moments(in PlaneRun run, float* values, double* sum, double* squares)
    {
        float* lanes = stackalloc float[2 * Pixel];
        Sixteen<TVector> sums = default, squared = default;
        Moments(run, values, ref sums, ref squared);
        *sum += sums.Sum(lanes);
        *squares += squared.Sum(lanes);
    }

    public void Normalize(
        in PlaneRun run, float* values, float mean, float inverse, PlaneActivation activation, uint examples, float* target, int targetRow)
    {
        switch (activation)
        {
            case PlaneActivation.None: Normalize<Same>(run, values, mean, inverse, examples, target, targetRow); break;
            case PlaneActivation.Relu: Normalize<Rectified>(run, values, mean, inverse, examples, target, targetRow); break;
            default: Normalize<Swished>(run, values, mean, inverse, examples, target, targetRow); break;
        }
    }

    public void GradientMoments(
        in PlaneRun run, float* values, float mean, float inverse, PlaneActivation activation, float* gradients, int gradientRow,
        double* sum, double* product)
    {
        switch (activation)
        {
            case PlaneActivation.None: GradientMoments<Same>(run, values, mean, inverse, gradients, gradientRow, sum, product); break;
            case PlaneActivation.Relu: GradientMoments<Rectified>(run, values, mean, inverse, gradients, gradientRow, sum, product); break;
            default: GradientMoments<Swished>(run, values, mean, inverse, gradients, gradientRow, sum, product); break;
        }
    }

    public void NormalizeBack(
        in PlaneRun run, float* values, PlaneBack back, PlaneActivation activation, float* gradients, int gradientRow, uint examples,
        bool adds, float* target, int targetRow)
    {
        switch (activation)
        {
            case PlaneActivation.None:
                NormalizeBack<Same>(run, values, back, gradients, gradientRow, examples, adds, target, targetRow);
                break;
            case PlaneActivation.Relu:
                NormalizeBack<Rectified>(run, values, back, gradients, gradientRow, examples, adds, target, targetRow);
                break;
            default:
                NormalizeBack<Swished>(run, values, back, gradients, gradientRow, examples, adds, target, targetRow);
                break;
        }
    }

    public void Add(in PlaneRun run, float* left, float* right, int rightRow, PlaneActivation activation, float* target, int targetRow)
    {
        switch (activation)
        {
            case PlaneActivation.None: Add<Same>(run, left, right, rightRow, target, targetRow); break;
            case PlaneActivation.Relu: Add<Rectified>(run, left, right, rightRow, target, targetRow); break;
            default: Add<Swished>(run, left, right, rightRow, target, targetRow); break;
        }
    }

    public void AddBack(
        in PlaneRun run, float* left, float* right, int rightRow, PlaneActivation activation, float* gradients, int gradientRow, bool adds,
        float* target, int targetRow)
    {
        switch (activation)
        {
            case PlaneActivation.None:
                AddBack<Same>(run, left, right, rightRow, gradients, gradientRow, adds, target, targetRow);
                break;
            case PlaneActivation.Relu:
                AddBack<Rectified>(run, left, right, rightRow, gradients, gradientRow, adds, target, targetRow);
                break;
            default:
                AddBack<Swished>(run, left, right, rightRow, gradients, gradientRow, adds, target, targetRow);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Moments(in PlaneRun run, float* values, ref Sixteen<TVector> sums, ref Sixteen<TVector> squared)
    {
        Sixteen<TVector> one = sums, two = squared;
        for (int row = 0; row < run.Rows; row++)
        {
            float* at = values + ((nint)row * run.Row);
            for (int n = 0; n < run.Floats; n += Pixel)
            {
                one.Add(at + n);
                two.AddSquares(at + n);
            }
        }

        (sums, squared) = (one, two);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Normalize<TActivation>(
        in PlaneRun run, float* values, float mean, float inverse, uint examples, float* target, int targetRow)
        where TActivation : struct, IActivation
    {
        TVector middle = TVector.Create(mean), factor = TVector.Create(inverse);
        for (int row = 0; row < run.Rows; row++)
        {
            float* from = values + ((nint)row * run.Row), to = target + ((nint)row * targetRow);
            for (int n = 0; n < run.Floats; n += TVector.Count)
            {
                TVector value = TActivation.Apply((TVector.Load(from + n) - middle) * factor);
                TVector.Store(examples == ushort.MaxValue ? value : TVector.Where(examples >> (n & (Pixel - 1)), value), to + n);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientMoments<TActivation>(
        in PlaneRun run, float* values, float mean, float inverse, float* gradients, int gradientRow, double* sum, double* product)
        where TActivation : struct, IActivation
    {
        float* pixel = stackalloc float[2 * Pixel];
        Sixteen<TVector> sums = default, products = default;
        TVector middle = TVector.Create(mean), factor = TVector.Create(inverse);
        for (int row = 0; row < run.Rows; row++)
        {
            float* from = values + ((nint)row * run.Row), back = gradients + ((nint)row * gradientRow);
            for (int n = 0; n < run.Floats; n += Pixel)
            {
                for (int lanes = 0; lanes < Pixel; lanes += TVector.Count)
                {
                    TVector value = (TVector.Load(from + n + lanes) - middle) * factor;
                    TVector gradient = TActivation.Back(value, TVector.Load(back + n + lanes));
                    TVector.Store(gradient, pixel + lanes);
                    TVector.Store(gradient * value, pixel + Pixel + lanes);
                }

                sums.Add(pixel);
                products.Add(pixel + Pixel);
            }
        }

        *sum += sums.Sum(pixel);
        *product += products.Sum(pixel);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormalizeBack<TActivation>(
        in PlaneRun run, float* values, PlaneBack back, float* gradients, int gradientRow, uint examples, bool adds, float* target,
        int targetRow)
        where TActivation : struct, IActivation
    {
        TVector middle = TVector.Create(back.Mean), factor = TVector.Create(back.Inverse);
        TVector meanGradient = TVector.Create(back.MeanGradient), meanProduct = TVector.Create(back.MeanProduct);
        for (int row = 0; row < run.Rows; row++)
        {
            float* from = values + ((nint)row * run.Row), to = target + ((nint)row * targetRow);
            float* above = gradients + ((nint)row * gradientRow);
            for (int n = 0; n < run.Floats; n += TVector.Count)
            {
                TVector value = (TVector.Load(from + n) - middle) * factor;
                TVector gradient = TActivation.Back(value, TVector.Load(above + n));
                gradient = (gradient - meanGradient - (value * meanProduct)) * factor;
                if (examples != ushort.MaxValue) gradient = TVector.Where(examples >> (n & (Pixel - 1)), gradient);
                TVector.Store(adds ? TVector.Load(to + n) + gradient : gradient, to + n);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<TActivation>(in PlaneRun run, float* left, float* right, int rightRow, float* target, int targetRow)
        where TActivation : struct, IActivation
    {
        for (int row = 0; row < run.Rows; row++)
        {
            float* one = left + ((nint)row * run.Row), two = right + ((nint)row * rightRow), to = target + ((nint)row * targetRow);
            for (int n = 0; n < run.Floats; n += TVector.Count)
            {
                TVector sum = right == null ? TVector.Load(one + n) : TVector.Load(one + n) + TVector.Load(two + n);
                TVector.Store(TActivation.Apply(sum), to + n);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBack<TActivation>(
        in PlaneRun run, float* left, float* right, int rightRow, float* gradients, int gradientRow, bool adds, float* target,
        int targetRow)
        where TActivation : struct, IActivation
    {
        for (int row = 0; row < run.Rows; row++)
        {
            float* one = left + ((nint)row * run.Row), two = right + ((nint)row * rightRow);
            float* above = gradients + ((nint)row * gradientRow), to = target + ((nint)row * targetRow);
            for (int n = 0; n < run.Floats; n += TVector.Count)
            {
                TVector sum = right == null ? TVector.Load(one + n) : TVector.Load(one + n) + TVector.Load(two + n);
                TVector gradient = TActivation.Back(sum, TVector.Load(above + n));
                TVector.Store(adds ? TVector.Load(to + n) + gradient : gradient, to + n);
            }
        }
    }

    /// <summary>What an activation makes of a value, and of the gradient of what it made.</summary>
    private interface IActivation
    {
        static abstract TVector Apply(TVector value);

        static abstract TVector Back(TVector value, TVector gradient);
    }

    private readonly struct Same : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector value) => value;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Back(TVector value, TVector gradient) => gradient;
    }

    private readonly struct Rectified : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector value) => TVector.Max(value, TVector.Create(0));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Back(TVector value, TVector gradient) => TVector.WherePositive(value, gradient);
    }

    private readonly struct Swished : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector value) => value * Sigmoid(value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Back(TVector value, TVector gradient)
        {
            TVector sigmoid = Sigmoid(value), one = TVector.Create(1);
            return gradient * (sigmoid * (one + (value * (one - sigmoid))));
        }

        // 1 / (1 + e^-x) by the exponential of what is not above 0, which does not overflow: of a negative x it is 1 minus that of -x.
        private static TVector Sigmoid(TVector value)
        {
            TVector zero = TVector.Create(0), one = TVector.Create(1);
            TVector ofSize = one / (one + TVector.ExpOfNegative(zero - TVector.Max(value, zero - value)));
            return TVector.WhereNotNegative(value, ofSize) + TVector.WherePositive(zero - value, one - ofSize);
        }
    }
}
