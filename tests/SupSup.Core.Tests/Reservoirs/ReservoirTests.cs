using SupSup.Core.Reservoirs;

namespace SupSup.Core.Tests.Reservoirs;

public sealed class ReservoirTests
{
    [Theory]
    [InlineData(StorageRule.Storkey)]
    [InlineData(StorageRule.Hebb)]
    public void Given_patterns_when_stored_then_the_weights_are_those_of_the_formula(StorageRule rule)
    {
        const int Units = 37;
        float[][] patterns = Patterns(4, Units);
        Reservoir reservoir = new(Units, rule);
        double[,] expected = new double[Units, Units];
        foreach (float[] z in patterns)
        {
            reservoir.Store(z);
            double[] h = new double[Units];
            if (rule == StorageRule.Storkey)
                for (int i = 0; i < Units; i++) h[i] = Enumerable.Range(0, Units).Sum(j => expected[i, j] * z[j]);
            for (int i = 0; i < Units; i++)
                for (int j = 0; j < Units; j++)
                    expected[i, j] += ((z[i] * z[j]) - (i == j ? 1 : 0) - (z[i] * h[j]) - (h[i] * z[j])) / Units;
        }

        for (int i = 0; i < Units; i++)
            for (int j = 0; j < Units; j++) Assert.Equal(expected[i, j], reservoir.Weights(i)[j], 1e-5);
        Assert.Equal(4, reservoir.Stored);
        Assert.Equal(patterns.Select(z => z[5]).Average(), reservoir.Mean()[5], 1e-6);
    }

    [Fact]
    public void Given_patterns_that_are_alike_when_stored_by_projection_then_all_rest_and_the_weights_project()
    {
        const int Units = 96;
        System.Random random = new(8);
        float[] common = Patterns(1, Units)[0];
        float[][] alike = [.. Enumerable.Range(0, 6)
            .Select(_ => common.Select(value => random.Next(8) == 0 ? -value : value).ToArray())];
        Reservoir reservoir = new(Units, StorageRule.Projection);
        foreach (float[] pattern in alike) reservoir.Store(pattern);
        byte[] saved = reservoir.Save();
        float[] field = new float[Units];

        reservoir.Store(alike[2]);

        Assert.Equal(saved.AsSpan(0, saved.Length - (4 * Units)), reservoir.Save().AsSpan(0, saved.Length - (4 * Units)));
        foreach (float[] pattern in alike)
        {
            reservoir.Field(pattern, field);
            Assert.All(pattern.Zip(field), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
            float[] state = [.. pattern];
            Assert.True(reservoir.Settle(state));
            Assert.Equal(pattern, state);
        }

        float[] twice = new float[Units], any = Patterns(3, Units)[2];
        reservoir.Field(any, field);
        reservoir.Field(field, twice);
        Assert.All(field.Zip(twice), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }

    [Fact]
    public void Given_a_reservoir_when_saved_and_loaded_then_it_is_the_same_and_goes_on()
    {
        Reservoir before = Filled(70, 4);
        byte[] saved = before.Save();

        Reservoir after = Reservoir.Load(saved, 70, StorageRule.Storkey, 4);

        Assert.Equal(before.Bytes, saved.Length);
        Assert.Equal(saved, after.Save());
        Assert.Equal(before.Mean(), after.Mean());
        for (int i = 0; i < 70; i++)
            for (int j = 0; j < 70; j++)
            {
                Assert.Equal(before.Weights(i)[j], after.Weights(i)[j], 1e-6);
                Assert.Equal(after.Weights(j)[i], after.Weights(i)[j]);
            }

        after.Store(Patterns(5, 70)[4]);
        Assert.Equal(5, after.Stored);
        Assert.Contains("10220 bytes", Assert.Throws<ArgumentException>(
            () => Reservoir.Load(saved.AsSpan(1), 70, StorageRule.Storkey, 4)).Message.Replace(",", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(128, 0.25)]
    [InlineData(256, 0.25)]
    [InlineData(512, 0.25)]
    [InlineData(1024, 0.36)]
    public void Given_as_many_masks_as_a_reservoir_is_said_to_hold_when_a_quarter_is_flipped_then_all_come_back(int units, double kept)
    {
        System.Random random = new(units);
        float[][] patterns = [.. Enumerable.Range(0, Reservoir.CapacityOf([units, 2 * units]))
            .Select(_ => Enumerable.Range(0, units).Select(_ => random.NextDouble() < kept ? 1f : -1f).ToArray())];
        Reservoir reservoir = new(units, StorageRule.Projection);
        foreach (float[] pattern in patterns) reservoir.Store(pattern);

        Assert.All(patterns, pattern =>
        {
            float[] state = [.. pattern];
            foreach (int unit in Enumerable.Range(0, units).OrderBy(_ => random.Next()).Take(units / 4)) state[unit] = -state[unit];
            reservoir.Settle(state);
            Assert.Equal(pattern, state);
        });
        Assert.Equal(units / 32, patterns.Length);
    }

    [Fact]
    public void Given_a_state_when_a_unit_moves_then_the_energy_changes_by_its_field()
    {
        Reservoir reservoir = Filled(64, 5);
        float[] state = Patterns(9, 64)[8];
        float[] field = new float[64];
        reservoir.Field(state, field);
        float[] moved = [.. state];
        moved[3] += 0.5f;

        double change = reservoir.Energy(moved) - reservoir.Energy(state);

        Assert.Equal((-0.5 * field[3]) - (0.5 * 0.25 * reservoir.Weights(3)[3]), change, 1e-4);
    }

    [Theory]
    [InlineData(StorageRule.Storkey)]
    [InlineData(StorageRule.Hebb)]
    public void Given_a_stored_pattern_with_a_fifth_of_its_units_flipped_when_settled_then_it_is_the_pattern_again(StorageRule rule)
    {
        const int Units = 512;
        float[][] patterns = Patterns(6, Units);
        Reservoir reservoir = new(Units, rule);
        foreach (float[] pattern in patterns) reservoir.Store(pattern);
        System.Random random = new(3);
        foreach (float[] pattern in patterns)
        {
            float[] state = [.. pattern.Select(value => random.Next(5) == 0 ? -value : value)];
            double before = reservoir.Energy(state);
            Assert.NotEqual(pattern, state);

            Assert.True(reservoir.Settle(state));

            Assert.Equal(pattern, state);
            Assert.True(reservoir.Energy(state) < before);
        }
    }

    [Fact]
    public void Given_patterns_that_are_alike_when_stored_then_Storkeys_rule_keeps_more_of_them_than_Hebbs()
    {
        float[][] patterns = Patterns(40, 256, kept: 0.3);
        int Kept(StorageRule rule)
        {
            Reservoir reservoir = new(256, rule);
            foreach (float[] pattern in patterns) reservoir.Store(pattern);
            return patterns.Count(pattern =>
            {
                float[] state = [.. pattern];
                reservoir.Settle(state);
                return state.SequenceEqual(pattern);
            });
        }

        Assert.True(Kept(StorageRule.Storkey) > Kept(StorageRule.Hebb));
    }

    [Fact]
    public void Given_a_pattern_that_does_not_fit_when_stored_then_the_error_names_what_is_wrong()
    {
        Reservoir reservoir = new(8, StorageRule.Storkey);

        Assert.Contains(
            "8 units has patterns of as many values, not 7", Assert.Throws<ArgumentException>(() => reservoir.Store(new float[7])).Message);
        Assert.Contains(
            "values of 1 and -1, not 0 as at 0", Assert.Throws<ArgumentException>(() => reservoir.Store(new float[8])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Reservoir(0, StorageRule.Hebb));
        Assert.Equal(0, reservoir.Stored);
    }

    internal static float[][] Patterns(int count, int units, double kept = 0.5)
    {
        System.Random random = new(11);
        return [.. Enumerable.Range(0, count).Select(
            _ => Enumerable.Range(0, units).Select(_ => random.NextDouble() < kept ? 1f : -1f).ToArray())];
    }

    private static Reservoir Filled(int units, int patterns)
    {
        Reservoir reservoir = new(units, StorageRule.Storkey);
        foreach (float[] pattern in Patterns(patterns, units)) reservoir.Store(pattern);
        return reservoir;
    }
}
