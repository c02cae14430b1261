using CsCheck;
using SupSup.Core.Optimizers;

namespace SupSup.Core.Tests.Optimizers;

/// <summary>The vector bodies against loops over one score at a time, which spell out the formulas.</summary>
public sealed class ScoreOptimizerTests
{
    private delegate void Step(float[] scores, float[] gradients, float[] weights, float[] state, double rate, int step);

    public static TheoryData<int> Lengths => AwkwardLengths.All;

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Given_an_awkward_length_when_adam_steps_three_times_then_every_bit_is_that_of_the_plain_loop(int length) =>
        AssertSame(new AdamOptimizer(), Adam, length);

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Given_an_awkward_length_when_rmsprop_steps_three_times_then_every_bit_is_that_of_the_plain_loop(int length) =>
        AssertSame(new RmsPropOptimizer(), RmsProp, length);

    [Fact]
    public void Given_a_zero_gradient_when_stepped_then_the_scores_stay()
    {
        foreach (IScoreOptimizer optimizer in ScoreOptimizers.All)
        {
            float[] scores = RandomData.Floats(11, 1);
            float[] before = [.. scores];

            optimizer.Update(
                scores, new float[11], RandomData.Floats(11, 2), new float[11 * optimizer.StatePerScore], optimizer.At(0.1, 1));

            Assert.Equal(before, scores);
        }
    }

    [Fact]
    public void Given_the_first_step_when_adam_takes_it_then_every_score_moves_by_the_rate_against_its_gradient()
    {
        float[] scores = new float[11];
        float[] gradients = RandomData.Floats(11, 1);
        float[] weights = RandomData.Floats(11, 2);

        new AdamOptimizer().Update(scores, gradients, weights, new float[22], new AdamOptimizer().At(0.25, 1));

        for (int n = 0; n < 11; n++)
            Assert.Equal(-0.25f * Math.Sign(gradients[n] * weights[n]), scores[n], 1e-5);
    }

    [Fact]
    public void Given_arrays_too_short_when_stepped_then_refused_before_anything_is_written()
    {
        foreach (IScoreOptimizer optimizer in ScoreOptimizers.All)
        {
            float[] scores = new float[16];
            float[] ones = [.. Enumerable.Repeat(1f, 16)];
            int state = 16 * optimizer.StatePerScore;

            Assert.ThrowsAny<ArgumentException>(
                () => optimizer.Update(scores, ones.AsSpan(0, 15), ones, new float[state], optimizer.At(1, 1)));
            Assert.ThrowsAny<ArgumentException>(
                () => optimizer.Update(scores, ones, ones.AsSpan(0, 15), new float[state], optimizer.At(1, 1)));
            Assert.ThrowsAny<ArgumentException>(() => optimizer.Update(scores, ones, ones, new float[state - 1], optimizer.At(1, 1)));
            Assert.All(scores, score => Assert.Equal(0f, score));
        }
    }

    [Fact]
    public void Given_the_optimisers_when_one_is_asked_for_then_it_is_found_and_an_unknown_name_lists_the_known()
    {
        Assert.IsType<AdamOptimizer>(ScoreOptimizers.Get("adam"));
        Assert.IsType<RmsPropOptimizer>(ScoreOptimizers.Get("rmsprop"));
        var error = Assert.Throws<ArgumentException>(() => ScoreOptimizers.Get("no-such"));
        Assert.Contains("'no-such'", error.Message, StringComparison.Ordinal);
        Assert.Contains("rmsprop, adam", error.Message, StringComparison.Ordinal);
    }

    private static void AssertSame(IScoreOptimizer optimizer, Step plain, int length)
    {
        // Gradients of a training step: many exact zeros, the others small.
        Gen<float> gradient = Gen.OneOf(Gen.Float[-1, 1], Gen.Float[-1e-6f, 1e-6f], Gen.Const(0f));
        Gen.Select(Gen.Float[-1, 1].Array[length], gradient.Array[length * 3], Gen.Float[-1, 1].Array[length], Gen.Double[1e-4, 0.1])
            .Sample((initial, gradients, weights, rate) =>
            {
                float[] scores = [.. initial];
                float[] state = new float[length * optimizer.StatePerScore];
                float[] expectedScores = [.. initial];
                float[] expectedState = new float[state.Length];

                for (int step = 1; step <= 3; step++)
                {
                    float[] now = gradients[((step - 1) * length)..(step * length)];
                    optimizer.Update(scores, now, weights, state, optimizer.At(rate, step));
                    plain(expectedScores, now, weights, expectedState, rate, step);
                }

                Assert.Equal(Bits(expectedScores), Bits(scores));
                Assert.Equal(Bits(expectedState), Bits(state));
            }, iter: 20);
    }

    private static void Adam(float[] scores, float[] gradients, float[] weights, float[] state, double rate, int step)
    {
        float corrected = (float)(rate / (1 - Math.Pow(0.9f, step)));
        float correction = (float)(1 / Math.Sqrt(1 - Math.Pow(0.999f, step)));
        for (int n = 0; n < scores.Length; n++)
        {
            int square = scores.Length + n;
            float gradient = gradients[n] * weights[n];
            state[n] = 0.9f * state[n] + gradient * (1 - 0.9f);
            state[square] = 0.999f * state[square] + gradient * gradient * (1 - 0.999f);
            scores[n] -= state[n] / (MathF.Sqrt(state[square]) * correction + 1e-8f) * corrected;
        }
    }

    private static void RmsProp(float[] scores, float[] gradients, float[] weights, float[] state, double rate, int step)
    {
        for (int n = 0; n < scores.Length; n++)
        {
            float gradient = gradients[n] * weights[n];
            state[n] = 0.99f * state[n] + gradient * gradient * (1 - 0.99f);
            scores[n] -= gradient / (MathF.Sqrt(state[n]) + 1e-8f) * (float)rate;
        }
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
}
