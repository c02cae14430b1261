namespace SupSup.Peers;

/// <summary>How <see cref="NaiveOneShot"/> adds up the masks.</summary>
public enum SuperposeBy
{
    /// <summary>Select the masks with α &gt; 0, multiply them by α as a broadcast, and sum, as the paper's own code does: each step makes all masks anew.</summary>
    BroadcastSum,

    /// <summary>One product of α [1, k] and the masks [k, weights]: what someone would write who looked at the time.</summary>
    MatrixProduct,
}
