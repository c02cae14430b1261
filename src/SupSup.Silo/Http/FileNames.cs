using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SupSup.Silo.Http;

/// <summary>Names of files that are sent.</summary>
internal static class FileNames
{
    /// <summary>Says under which name a browser stores the answer.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="name">The name; of any letters.</param>
    public static void SetFileName(this HttpResponse response, string name)
    {
        ContentDispositionHeaderValue disposition = new("attachment");
        disposition.SetHttpFileName(name); // also as filename*, since a name may have any letters
        response.Headers.ContentDisposition = disposition.ToString();
    }
}
