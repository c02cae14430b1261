using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tests.Hosting;

/// <summary>Assertions about errors.</summary>
internal static class Expect
{
    /// <summary>The call fails with this kind of error, in one line that holds these words.</summary>
    public static async Task ErrorAsync(SupSupError error, Func<Task> call, params string[] words)
    {
        SupSupException exception = await Assert.ThrowsAsync<SupSupException>(call);
        Assert.Equal(error, exception.Error);
        Assert.DoesNotContain('\n', exception.Message);
        foreach (string word in words) Assert.Contains(word, exception.Message, StringComparison.Ordinal);
    }
}
