using Lodger.Server.Access;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Tests.Access;

public sealed class SameOriginTests
{
    [Theory]
    [InlineData("POST", "lab:8443", "https://lab:8443", null, true, true)]
    [InlineData("POST", "lab:8443", null, "same-origin", true, true)]
    [InlineData("POST", "lab", "https://lab", "same-origin", true, true)]
    [InlineData("POST", "lab:443", "https://lab", null, true, true)]
    [InlineData("GET", "lab", null, null, false, true)]
    [InlineData("GET", "lab", null, "none", false, true)]
    [InlineData("POST", "lab", "https://lab", "same-origin", false, false)]
    [InlineData("POST", "lab", "https://evil.example", null, true, false)]
    [InlineData("POST", "lab:8443", "https://lab:9000", null, true, false)]
    [InlineData("POST", "lab", "null", null, true, false)]
    [InlineData("POST", "lab", "https://lab", "cross-site", true, false)]
    [InlineData("POST", "lab", "https://lab", "same-site", true, false)]
    [InlineData("GET", "lab", null, "cross-site", false, false)]
    [InlineData("DELETE", "lab", null, null, false, false)]
    public void A_request_with_a_cookie_counts_when_a_page_of_ours_made_it(string method, string host, string? origin, string? site, bool hasHeader, bool holds)
    {
        var request = new DefaultHttpContext().Request;
        request.Method = method;
        request.Host = new HostString(host);
        if (origin is not null)
            request.Headers.Origin = origin;
        if (site is not null)
            request.Headers["Sec-Fetch-Site"] = site;
        if (hasHeader)
            request.Headers[SameOrigin.Header] = "1";
        SameOrigin.Holds(request).ShouldBe(holds);
    }
}
