"""Reviews (评价): native, with stars; after-comments (追评) are not on this wire."""
